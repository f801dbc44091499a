export default function Index() {
  return <h1>Larder</h1>;
}
