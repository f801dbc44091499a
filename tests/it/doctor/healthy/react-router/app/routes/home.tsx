export default function Home() {
  return <h1>Delta</h1>;
}
