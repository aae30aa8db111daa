//! Through the front door: which device `refcast train` is asked for.

mod support;

use support::Folder;

fn train_on(device: &str) -> support::Ended {
    let folder = Folder::new();
    folder.write("recipe.toml", "");
    let arguments = [
        "train",
        "recipe.toml",
        "--corpus",
        ".",
        "--output",
        "bundle",
    ];
    folder.refcast(&[&arguments[..], &["--device", device]].concat())
}

#[test]
fn a_device_that_is_none_is_refused() {
    train_on("tpu").refused(&["device", "`tpu`", "`cpu` or `gpu`"]);
}

#[cfg(not(feature = "gpu"))]
#[test]
fn a_build_without_gpu_names_the_feature() {
    train_on("gpu").refused(&["device", "--features gpu"]);
}
