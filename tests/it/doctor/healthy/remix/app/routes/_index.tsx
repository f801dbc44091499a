export default function Index() {
  return <h1>Meadow</h1>;
}
