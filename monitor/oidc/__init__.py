"""Sign-in of reviewers by OpenID Connect: values, checks, and what a provider is asked over HTTP.

OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0, Back-Channel Logout 1.0; OAuth 2.0
(RFC 6749) with PKCE (RFC 7636), the issuer in the answer (RFC 9207), and RFC 9700 for the rest.
"""
