use axum::body::Body;

use super::*;

/// A server at that address, with what was said at its start.
fn callers(address: &str, settings: Settings, asks_for_keys: bool) -> Callers {
    let address = address.parse().expect("address");
    Callers::new(&settings, address, asks_for_keys).expect("settings")
}

fn local() -> Callers {
    callers("127.0.0.1:8080", Settings::default(), false)
}

fn request(headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().uri("/api/models");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).expect("request");
    let peer: SocketAddr = "10.1.2.3:9".parse().expect("address");
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// The base URL, or the status of the refusal.
fn asked(callers: &Callers, headers: &[(&str, &str)]) -> std::result::Result<String, u16> {
    let checked = callers.check(&request(headers));
    checked
        .map(|base| base.0)
        .map_err(|failure| failure.status().as_u16())
}

#[test]
fn a_local_server_goes_by_the_names_of_this_machine_alone() {
    for (host, taken) in [
        ("127.0.0.1:8080", true),
        ("127.0.0.1:9999", true),
        ("localhost", true),
        ("LOCALHOST.:8080", true),
        ("[::1]:8080", true),
        ("127.8.9.10", true),
        ("evil.example", false),
        ("evil.example:8080", false),
        ("localhost.evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("192.168.1.5:8080", false),
        ("0.0.0.0:8080", false),
        ("localhost@evil.example", false),
        ("evil.example@localhost", false),
        ("localhost, evil.example", false),
        ("", false),
    ] {
        let wanted = if taken {
            Ok(format!("http://{host}"))
        } else {
            Err(421)
        };
        assert_eq!(asked(&local(), &[("host", host)]), wanted, "{host}");
    }
    assert_eq!(asked(&local(), &[]), Err(400));
    let two = [("host", "localhost"), ("host", "evil.example")];
    assert_eq!(asked(&local(), &two), Err(400));
}

#[test]
fn a_target_that_names_another_server_is_refused() {
    let mut request = request(&[("host", "localhost")]);
    *request.uri_mut() = "http://evil.example/api/models".parse().expect("URI");
    let failure = local().check(&request).expect_err("a foreign target");
    assert_eq!(failure.status().as_u16(), 421);
}

#[test]
fn an_open_server_takes_addresses_and_any_name_only_where_keys_are_asked_for() {
    let named = |public: Option<&str>, asks_for_keys, host| {
        let settings = Settings {
            public_url: public.map(str::to_owned),
            ..Settings::default()
        };
        asked(
            &callers("0.0.0.0:8080", settings, asks_for_keys),
            &[("host", host)],
        )
        .is_ok()
    };
    let public = Some("https://refcast.lab.example/");
    assert!(named(None, false, "192.168.1.5:8080"));
    assert!(!named(None, false, "lab.example:8080"));
    assert!(named(None, true, "lab.example:8080"));
    assert!(!named(public, true, "lab.example:8080"));
    assert!(named(public, true, "refcast.lab.example"));
    assert!(named(public, false, "refcast.lab.example:8080"));
}

#[test]
fn a_page_may_call_its_own_server_and_others_that_name_it() {
    let settings = Settings {
        allow_origins: vec!["https://tool.example".to_owned()],
        public_url: Some("https://refcast.lab.example".to_owned()),
        ..Settings::default()
    };
    let callers = callers("127.0.0.1:8080", settings, false);
    for (host, origin, taken) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", true),
        ("localhost", "http://localhost", true),
        ("localhost", "https://localhost", true),
        ("localhost:80", "http://localhost", true),
        ("127.0.0.1:8080", "https://tool.example", true),
        ("127.0.0.1:8080", "https://refcast.lab.example", true),
        ("127.0.0.1:8080", "http://127.0.0.1:3000", false),
        ("127.0.0.1:8080", "http://localhost:8080", false),
        ("127.0.0.1:8080", "http://tool.example", false),
        ("127.0.0.1:8080", "https://tool.example.evil.example", false),
        ("127.0.0.1:8080", "https://evil.example", false),
        ("127.0.0.1:8080", "null", false),
        ("127.0.0.1:8080", "", false),
        ("127.0.0.1:8080", "file://", false),
        ("127.0.0.1:8080", "chrome-extension://abc", false),
    ] {
        let found = asked(&callers, &[("host", host), ("origin", origin)]);
        assert_eq!(found.is_ok(), taken, "{origin} at {host}: {found:?}");
        assert!(taken || found == Err(403), "{origin} at {host}: {found:?}");
    }
}

#[test]
fn only_a_proxy_that_was_named_says_what_a_client_asked() {
    let headers = [
        ("host", "127.0.0.1:8080"),
        ("x-forwarded-host", "refcast.lab.example"),
        ("x-forwarded-proto", "https"),
    ];
    let by = |proxies: &[&str], asks_for_keys| {
        let settings = Settings {
            trusted_proxies: proxies.iter().map(|text| (*text).to_owned()).collect(),
            ..Settings::default()
        };
        asked(&callers("0.0.0.0:8080", settings, asks_for_keys), &headers)
    };
    let plain = Ok("http://127.0.0.1:8080".to_owned());
    assert_eq!(by(&[], true), plain);
    assert_eq!(by(&["10.9.9.9"], true), plain);
    let forwarded = Ok("https://refcast.lab.example".to_owned());
    assert_eq!(by(&["10.1.0.0/16"], true), forwarded);
    assert_eq!(by(&["10.1.2.3"], true), forwarded);
    // A name that is not this server's stays so.
    assert_eq!(by(&["10.1.2.3"], false), Err(421));
}

#[test]
fn what_is_no_url_or_network_keeps_the_server_from_starting() {
    let address = "127.0.0.1:1".parse().expect("address");
    for settings in [
        Settings {
            public_url: Some("lab.example".to_owned()),
            ..Settings::default()
        },
        Settings {
            allow_origins: vec!["*".to_owned()],
            ..Settings::default()
        },
        Settings {
            trusted_proxies: vec!["10.0.0.0/99".to_owned()],
            ..Settings::default()
        },
    ] {
        assert!(
            Callers::new(&settings, address, true).is_err(),
            "{settings:?}"
        );
    }
}

#[test]
fn a_public_url_is_a_place_and_nothing_more() {
    let public = |text: &str| {
        let settings = Settings {
            public_url: Some(text.to_owned()),
            ..Settings::default()
        };
        let address = "127.0.0.1:8080".parse().expect("address");
        Callers::new(&settings, address, false).map_err(|failure| failure.0)
    };
    for right in [
        "https://a.example",
        "https://a.example/models/",
        "http://[::1]:80",
    ] {
        public(right).expect(right);
    }
    for wrong in [
        "https://a.example/models?key=1",
        "https://a.example/models?",
        "https://a.example/models#top",
        "https://me:hidden@a.example/models",
        "https://me@a.example/models",
    ] {
        let said = public(wrong).expect_err(wrong);
        assert!(said.contains("--public-url"), "{said}");
        assert!(said.ends_with("give https://a.example/models"), "{said}");
        assert!(!said.contains("hidden"), "{said}");
    }
    public("ftp://a.example").expect_err("no web page");
}

#[test]
fn addresses_count_but_for_this_machine_and_proxies() {
    let settings = Settings {
        trusted_proxies: vec!["10.0.0.0/8".to_owned()],
        ..Settings::default()
    };
    let callers = callers("0.0.0.0:8080", settings, true);
    let counted = |peer: &str| {
        let network = callers.counted(peer.parse().expect("address"));
        network.map(|network| network.to_string())
    };
    for free in [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "::ffff:127.0.0.1",
        "10.1.2.3",
        "::ffff:10.1.2.3",
    ] {
        assert_eq!(counted(free), None, "{free}");
    }
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(counted("192.0.2.7"), own("192.0.2.7/32"));
    assert_eq!(counted("::ffff:192.0.2.7"), own("192.0.2.7/32"));
    assert_eq!(counted("2001:db8:1:2:3::4"), own("2001:db8:1:2::/64"));
}
