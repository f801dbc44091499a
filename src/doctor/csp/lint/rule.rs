//! The rules as data.

use crate::doctor::finding::Severity;

/// What can be wrong with the text of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `self`
    UnquotedKeyword,
    /// `"https://host"`
    QuotedSource,
    /// `'unsafe-inlin'`
    UnknownKeyword,
    /// `https:/host`
    BrokenScheme,
    /// `https`
    BareScheme,
    /// `htps:`
    UnknownScheme,
    /// `a.*.host`
    InnerWildcard,
    /// `https://host/*`
    PathWildcard,
    /// `https://host/path?a=1`
    Query,
    /// `https://host/path`
    ExactPath,
    /// `host:99999`
    BadPort,
    /// `[::1]`
    Ipv6,
    /// `a_b.host`
    BadHost,
    /// `&#39;self&#39;`
    Entity,
    /// `${HOST}`
    Placeholder,
    /// `default-src 'self' connect-src *`
    MissingSemicolon,
    /// `conect-src`
    UnknownDirective,
    /// `Content-Security-Policy:` in the value.
    HeaderName,
    /// `connect-src a; connect-src b`
    Duplicate,
    /// A character that is not ASCII.
    NotAscii,
    /// `connect-src a, b`
    Comma,
    /// A line end in a header value.
    LineEnd,
    /// `connect-src;`
    Empty,
    /// `'none' https://host`
    NoneWithOthers,
    /// `'strict-dynamic'` with no nonce and no hash.
    StrictDynamicAlone,
    /// `*`
    TooBroad,
    /// `'unsafe-inline' 'nonce-abc'`
    UnsafeInlineUnused,
    /// `'strict-dynamic' https://host`
    HostsUnused,
    /// `ingest.sentry.io`
    NoSuchIngest,
    /// `frame-ancestors` in `<meta>`
    NotInMeta,
    /// A Report-Only policy in `<meta>`.
    ReportOnlyInMeta,
    /// `sandbox` in a Report-Only policy.
    NotInReportOnly,
    /// `plugin-types`
    Past,
}

impl Rule {
    fn row(self) -> (&'static str, Severity, &'static str) {
        use Severity::{Error, Info, Warning};
        match self {
            Self::UnquotedKeyword => ("unquoted-keyword", Error, "without quotes it is the name of a host"),
            Self::QuotedSource => ("quoted-source", Error, "hosts and schemes stand without quotes; this is left out"),
            Self::UnknownKeyword => ("unknown-keyword", Error, "no browser knows this keyword; it is left out"),
            Self::BrokenScheme => ("broken-scheme", Error, "a scheme ends with :// before a host; this is left out"),
            Self::BareScheme => ("bare-scheme", Error, "without a colon it is the name of a host"),
            Self::UnknownScheme => ("unknown-scheme", Warning, "it is read as a scheme that no request has"),
            Self::InnerWildcard => {
                ("inner-wildcard", Error, "* can only be the whole first label of a host; this is left out")
            }
            Self::PathWildcard => ("path-wildcard", Error, "* is a plain character in a path"),
            Self::Query => ("query-in-source", Warning, "browsers cut the query off"),
            Self::ExactPath => ("exact-path", Warning, "a path that does not end with / covers that one path only"),
            Self::BadPort => ("bad-port", Error, "that is no port; the source is left out"),
            Self::Ipv6 => ("ipv6-source", Error, "CSP cannot name an IPv6 address; this is left out"),
            Self::BadHost => ("bad-host", Error, "that is no host; the source is left out"),
            Self::Entity => ("html-entity", Error, "an entity of HTML in a header; its ; ends the directive"),
            Self::Placeholder => ("placeholder", Warning, "a template puts something there, which is not judged"),
            Self::MissingSemicolon => (
                "missing-semicolon",
                Error,
                "a directive's name among sources is taken for a host; all after it belongs to the directive before",
            ),
            Self::UnknownDirective => ("unknown-directive", Error, "no browser knows this directive; it is left out"),
            Self::HeaderName => {
                ("header-name-in-value", Error, "the first directive is lost: it is read as part of this one")
            }
            Self::Duplicate => ("duplicate-directive", Error, "only the first directive of a name counts"),
            Self::NotAscii => ("not-ascii", Error, "a character outside ASCII: browsers leave the whole directive out"),
            Self::Comma => ("comma", Error, "a comma ends the policy, and a second one begins here"),
            Self::LineEnd => ("line-end", Warning, "a header cannot hold a line end; servers refuse or cut it"),
            Self::Empty => ("empty-directive", Warning, "without sources it means 'none'"),
            Self::NoneWithOthers => ("none-with-others", Warning, "'none' counts for nothing beside other sources"),
            Self::StrictDynamicAlone => {
                ("strict-dynamic-alone", Warning, "without a nonce or hash no script of the HTML can run")
            }
            Self::TooBroad => ("too-broad", Info, "it lets a page reach any host"),
            Self::UnsafeInlineUnused => {
                ("unsafe-inline-unused", Info, "beside a nonce, a hash or 'strict-dynamic' it counts for nothing")
            }
            Self::HostsUnused => ("hosts-unused", Info, "'strict-dynamic' makes it count for nothing for scripts"),
            Self::NoSuchIngest => {
                ("no-such-ingest", Warning, "no DSN has this host: an organization's number stands before it")
            }
            Self::NotInMeta => ("not-in-meta", Warning, "browsers leave it out of <meta>"),
            Self::ReportOnlyInMeta => {
                ("report-only-in-meta", Warning, "browsers leave Report-Only policies out of <meta>")
            }
            Self::NotInReportOnly => ("not-in-report-only", Info, "it has no effect in a Report-Only policy"),
            Self::Past => ("past-directive", Info, "browsers do not know it any more"),
        }
    }

    /// Its id: `unquoted-keyword`.
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        self.row().1
    }

    /// Why it is a mistake.
    pub fn why(self) -> &'static str {
        self.row().2
    }
}
