//! What the process allows a connector, whatever its user asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::http::{SharedHttp, TokenStore};
use super::{ConnectorError, ScratchFolder};

/// The bounds of a connector, and the folder that it is lent.
#[derive(Clone, Debug, Default)]
pub struct OpenContext {
    /// Whether addresses of private networks may be connected to; [`is_private`] tells which these are.
    pub allow_private_network: bool,
    /// Folders that local files may be read from; `None` allows every folder. [`real_path`] looks.
    pub file_roots: Option<Vec<PathBuf>>,
    /// Where temporary files go.
    pub scratch: ScratchFolder,
    /// What HTTP connectors of the process share: connections, rate budgets, limits.
    pub http: SharedHttp,
    /// Where this connector's access tokens are kept; in the memory of the process where there is no such store.
    pub tokens: Option<Arc<dyn TokenStore>>,
}

/// Whether an address belongs to this machine or to a network that the internet does not see.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        // "This network", as which Linux takes itself.
        || first == 0
        // Of protocols, and for measurements (RFC 6890, RFC 2544).
        || address.octets().starts_with(&[192, 0, 0])
        || (first == 198 && second & 0xfe == 18)
        // Shared address space (RFC 6598).
        || (first == 100 && second & 0xc0 == 64)
        // Reserved, and broadcast.
        || first >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    // An IPv4 address behind a translator (RFC 6052).
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() {
        return is_private_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    // One behind a tunnel (RFC 3056).
    if let [0x2002, high, low, ..] = address.segments() {
        return is_private_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    // Of a translator of this network (RFC 8215), compatible with IPv4, loopback and unspecified among them, and site-local.
    address.segments().starts_with(&[0x64, 0xff9b, 1])
        || address.segments().starts_with(&[0; 6])
        || address.segments()[0] & 0xffc0 == 0xfec0
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
}

/// Where a local path really leads, links followed, if that is inside of `roots`. Of one that is not there, the nearest
/// folder above it decides: what lies outside stays unknown, its absence too.
///
/// # Errors
/// `Permission` outside of all of them.
pub fn real_path(path: &Path, roots: Option<&[PathBuf]>) -> Result<PathBuf, ConnectorError> {
    let Some(roots) = roots else { return Ok(path.to_owned()) };
    let is_inside = |real: &PathBuf| {
        // Of what is missing nobody knows where it would lead back to.
        let leads_back = real.components().any(|part| part == Component::ParentDir);
        !leads_back && roots.iter().filter_map(|root| root.canonicalize().ok()).any(|root| real.starts_with(root))
    };
    let real = path.ancestors().find_map(|above| {
        let (missing, real) = (path.strip_prefix(above).ok()?, above.canonicalize().ok()?);
        let Some(first) = missing.components().next() else { return Some(Some(real)) };
        // A link to what is not there may lead outside.
        let is_link = above.join(first).symlink_metadata().is_ok();
        Some((!is_link).then(|| real.join(missing)))
    });
    real.flatten()
        .filter(is_inside)
        .ok_or_else(|| ConnectorError::Permission { message: outside(path, roots), cause: None })
}

/// Refuses a setting that names a path outside of `roots`, be it there or not; gives where it really leads otherwise.
///
/// # Errors
/// `Config` of the field, with the words of [`real_path`].
pub fn refuse_outside(field: &str, path: &Path, roots: Option<&[PathBuf]>) -> Result<PathBuf, ConnectorError> {
    real_path(path, roots).map_err(|error| ConnectorError::config(field, error.to_string()))
}

fn outside(path: &Path, roots: &[PathBuf]) -> String {
    let known = match roots {
        [] => "network.file_roots names none".to_owned(),
        roots => {
            let roots: Vec<_> = roots.iter().map(|root| root.display().to_string()).collect();
            format!("network.file_roots: {}", roots.join(", "))
        }
    };
    format!("{} is outside of the folders that files may be read from ({known})", path.display())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn networks_that_the_internet_does_not_see_are_private() {
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "224.0.0.1",
            "239.255.255.250",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:0.1.2.3",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1.1.1.1",
            "2002:7f00:1::1",
            "::1.1.1.1",
            "fec0::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "ff02::1",
        ];
        for address in private {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        let public = [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.0.1",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
            "192.0.1.1",
            "198.20.0.1",
            "2606:4700::1111",
        ];
        for address in public {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_path_is_judged_by_where_it_leads() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let roots = [inside.path().to_owned()];
        let real = |path: &Path| real_path(path, Some(&roots));
        for folder in [&inside, &outside] {
            std::fs::write(folder.path().join("file"), "").unwrap();
        }
        symlink(outside.path().join("file"), inside.path().join("way_out")).unwrap();
        symlink(outside.path(), inside.path().join("folder_out")).unwrap();
        symlink(inside.path().join("file"), outside.path().join("way_in")).unwrap();
        symlink(outside.path().join("missing"), inside.path().join("to_nothing")).unwrap();

        let file = inside.path().canonicalize().unwrap().join("file");
        assert_eq!(real(&inside.path().join("file")).unwrap(), file);
        assert_eq!(real(&outside.path().join("way_in")).unwrap(), file);
        assert!(real(&inside.path().join("missing")).is_ok());
        let name = outside.path().file_name().unwrap();
        for refused in [
            outside.path().join("file"),
            outside.path().join("missing"),
            inside.path().join("way_out"),
            inside.path().join("folder_out/file"),
            inside.path().join("folder_out/missing"),
            inside.path().join("..").join(name).join("file"),
            inside.path().join("missing/../../x"),
            inside.path().join("to_nothing"),
            "/no/such/folder/file".into(),
            "..".into(),
        ] {
            let error = real(&refused).unwrap_err();
            assert!(matches!(error, ConnectorError::Permission { .. }), "{}: {error}", refused.display());
        }
        assert_eq!(real_path(&outside.path().join("file"), None).unwrap(), outside.path().join("file"));
    }
}
