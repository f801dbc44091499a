export default function Page() {
  return <h1>Harbor</h1>;
}
