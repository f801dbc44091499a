//! What README.md shows is what works.

use std::{path::Path, time::Duration};

use crate::browser::web::Site;

const CHECKOUT: &str = r#"<title>Shop</title>
<label>Voucher <input id="voucher"></label> <button id="pay">Pay</button> <p role="status"></p>
<script>
console.error("The beta feature is off");
document.getElementById("pay").onclick = async () => {
    const answer = await fetch("/api/pay", {method: "POST"});
    const paid = answer.ok && document.getElementById("voucher").value === "TEN";
    document.querySelector("p").textContent = paid ? "Thank you" : "No";
};
</script>"#;

#[tokio::test]
async fn its_scenario_passes() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```yaml\n").expect("README.md shows a scenario");
    let (yaml, rest) = rest.split_once("```").unwrap();
    assert!(rest.contains("fixloop run fixloop/*.yaml --junit report.xml"));
    let site = Site::default().with("/checkout", 200, &[], CHECKOUT).with("/api/pay", 200, &[], "{}").serve().await;
    let workspace = tempfile::tempdir().unwrap();
    std::fs::create_dir(workspace.path().join("fixloop")).unwrap();
    std::fs::write(workspace.path().join("fixloop/pay.yaml"), yaml).unwrap();
    let running = tokio::process::Command::new(env!("CARGO_BIN_EXE_fixloop"))
        .args(["run", "fixloop/pay.yaml", "--junit", "report.xml", "--base-url", &site, "--sink-port", "0"])
        .current_dir(workspace.path())
        .env("SHOP_VOUCHER", "TEN")
        .env_remove("FIXLOOP_WORKSPACE")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(120), running).await.expect("it ended").unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    let junit = std::fs::read_to_string(workspace.path().join("report.xml")).unwrap();
    assert!(junit.contains("Pay with a voucher") && junit.contains("failures=\"0\""), "{junit}");
}
