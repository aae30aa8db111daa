//! Which names this server goes by, and which web pages may call it.
//!
//! A browser sends the requests of any page to any address, this machine's own among them. Two
//! headers that a page cannot forge tell them: `Origin` names the page, `Host` what the browser
//! believes that it talks to, which is another name than this machine's where a page has had its own
//! name resolved to this machine (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use refcast_core::quoted;
use url::Url;

use crate::app::App;
use crate::failure::{Failure, Result, StartFailure};
use crate::settings::Settings;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What the client calls this server, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(pub String);

/// The names of this server and the pages that may call it.
#[derive(Debug)]
pub struct Callers {
    address: SocketAddr,
    public: Option<Url>,
    /// A key is asked for, others can reach the address, and nobody said by which name: a page that
    /// gives this machine a name of its own still has no key.
    any_name: bool,
    origins: Vec<Url>,
    proxies: Vec<IpNet>,
}

impl Callers {
    /// By the settings of a server that listens on `address`.
    ///
    /// # Errors
    /// What is not a URL, an origin or a network.
    pub fn new(
        settings: &Settings,
        address: SocketAddr,
        asks_for_keys: bool,
    ) -> std::result::Result<Self, StartFailure> {
        let public = settings.public_url.as_deref();
        let public = public
            .map(|text| web_url("--public-url", text))
            .transpose()?;
        let origins = settings.allow_origins.iter();
        let proxies = settings.trusted_proxies.iter();
        Ok(Self {
            address,
            any_name: asks_for_keys && public.is_none() && !address.ip().is_loopback(),
            public,
            origins: origins
                .map(|text| web_url("--allow-origin", text))
                .collect::<std::result::Result<_, _>>()?,
            proxies: proxies
                .map(|text| network(text))
                .collect::<std::result::Result<_, _>>()?,
        })
    }

    /// The pages that may call from elsewhere, as they name themselves.
    pub fn origins(&self) -> impl Iterator<Item = HeaderValue> {
        let names = self
            .origins
            .iter()
            .map(|url| url.origin().ascii_serialization());
        names.filter_map(|name| HeaderValue::from_str(&name).ok())
    }

    /// What the client calls this server.
    ///
    /// # Errors
    /// 400 where it does not say, 421 for another server's name, 403 for another server's page.
    fn check(&self, request: &Request) -> Result<BaseUrl> {
        let headers = request.headers();
        let by_proxy = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .is_some_and(|ConnectInfo(peer)| self.is_proxy(peer.ip()));
        let forwarded = |name| last(headers, name).filter(|_| by_proxy);
        let mut names = headers.get_all(header::HOST).iter();
        let named = match (names.next(), names.next()) {
            (Some(name), None) => Some(name.to_str().unwrap_or_default()),
            (None, _) if request.version() < Version::HTTP_11 => None,
            _ => {
                return Err(Failure::unreadable(
                    "the request has not one Host header: send one",
                ));
            }
        };
        let target = request.uri().authority().map(Authority::as_str);
        let asked = [forwarded(FORWARDED_HOST), target, named];
        for name in asked.into_iter().flatten() {
            if !self.is_name(name) {
                return Err(Failure::misdirected(format!(
                    "{} is not this server: call it by the address that it listens on, or start it \
                     with --public-url and the URL that clients call",
                    quoted(name)
                )));
            }
        }
        let name = asked.into_iter().flatten().next();
        for origin in headers.get_all(header::ORIGIN) {
            let origin = origin.to_str().unwrap_or_default();
            if !self.is_welcome(origin, name) {
                return Err(Failure::forbidden(format!(
                    "the web page of {} may not call this server: start it with --allow-origin and \
                     that origin if it is yours",
                    quoted(origin)
                )));
            }
        }
        Ok(BaseUrl(match (&self.public, name) {
            (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
            (None, name) => {
                let scheme = forwarded(FORWARDED_PROTO).filter(|scheme| *scheme == "https");
                let name = name.map_or_else(|| self.address.to_string(), str::to_owned);
                format!("{}://{name}", scheme.unwrap_or("http"))
            }
        }))
    }

    /// As what an address counts where each may have only a part: its network of 64 bits where it is of IPv6, since
    /// whoever has one address of those has all. None for this machine and for the proxies that are
    /// trusted, behind which there may be any number of clients.
    pub fn counted(&self, peer: IpAddr) -> Option<IpNet> {
        let peer = peer.to_canonical();
        if peer.is_loopback() || self.is_proxy(peer) {
            return None;
        }
        let bits = if peer.is_ipv4() { 32 } else { 64 };
        IpNet::new(peer, bits).ok().map(|network| network.trunc())
    }

    fn is_proxy(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.proxies.iter().any(|network| network.contains(&peer))
    }

    /// Whether it is a name of this machine or the public one, at whatever port: tunnels and
    /// containers change that.
    fn is_name(&self, name: &str) -> bool {
        let Some((host, _)) = parts(name) else {
            return false;
        };
        let is_public = || {
            let public = self.public.as_ref().and_then(Url::host_str);
            public.is_some_and(|public| bare(public) == host)
        };
        match host.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            // Nobody can have an address resolved to another.
            Ok(ip) => {
                let own = self.address.ip().to_canonical();
                ip.is_loopback() || ip == own || own.is_unspecified() || is_public()
            }
            Err(_) => host == "localhost" || self.any_name || is_public(),
        }
    }

    /// Whether a page may call: one of this server itself, or one that was named.
    fn is_welcome(&self, origin: &str, name: Option<&str>) -> bool {
        let Ok(url) = Url::parse(origin) else {
            return false;
        };
        let known = self.origins.iter().chain(&self.public);
        if known
            .into_iter()
            .any(|known| known.origin() == url.origin())
        {
            return url.origin().is_tuple();
        }
        let (Some(host), Some((name, port))) = (url.host_str(), name.and_then(parts)) else {
            return false;
        };
        // Whoever ends TLS before this server leaves the name as it was.
        let default = match url.scheme() {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        bare(host) == name && url.port().unwrap_or(default) == port.unwrap_or(default)
    }
}

/// Lets through what is asked of this server by whoever may.
///
/// # Errors
/// As [`Callers::check`].
pub async fn check(State(app): State<App>, mut request: Request, next: Next) -> Result<Response> {
    let base = app.callers.check(&request)?;
    request.extensions_mut().insert(base);
    Ok(next.run(request).await)
}

/// Host and port of an authority; the host in lower case, without brackets or a dot at its end.
fn parts(authority: &str) -> Option<(String, Option<u16>)> {
    let authority: Authority = authority.parse().ok()?;
    let is_plain = !authority.as_str().contains('@');
    is_plain.then(|| (bare(authority.host()), authority.port_u16()))
}

fn bare(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches([']', '.'])
        .to_ascii_lowercase()
}

/// Of several, the one that the nearest proxy has set.
fn last(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

fn web_url(flag: &str, text: &str) -> std::result::Result<Url, StartFailure> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        return Err(StartFailure(format!(
            "{flag} {}: give a URL such as https://refcast.example.org",
            quoted(text)
        )));
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    let surplus = [
        ("a user name or password", has_user),
        ("a query (from ? on)", url.query().is_some()),
        ("a fragment (from # on)", url.fragment().is_some()),
    ];
    // What is quoted may hold a password: only what is right of the URL is said.
    match surplus.iter().find(|(_, is_there)| *is_there) {
        None => Ok(url),
        Some((what, _)) => Err(StartFailure(format!(
            "{flag}: the URL has {what}, which does not belong there: give {}",
            plain(&url)
        ))),
    }
}

/// A URL without user, query and fragment.
fn plain(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    format!("{origin}{}", url.path().trim_end_matches('/'))
}

fn network(text: &str) -> std::result::Result<IpNet, StartFailure> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        StartFailure(format!(
            "--trusted-proxy {}: give an address (10.0.0.7) or a network (10.0.0.0/8)",
            quoted(text)
        ))
    })
}

#[cfg(test)]
mod tests;
