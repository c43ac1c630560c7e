// Package auth says who a caller is and what callers may do (API-4).
//
// A caller shows a token: a JWT that says who it is. There is no password and no
// session; a token is valid until it expires. Two kinds are served side by side,
// told apart by who issued them (ByIssuer): those of the installation (Local),
// signed with Ed25519, that name a subject, such as "agents/lin", and its roles;
// and those of the firm's identity provider (package openid), whose groups the
// policy turns into roles. Where there is such a provider, people come by it
// alone (Emergency says when not). Which roles may call a method is declared on
// the method in the proto files (redress.auth.v1.access) and read from there.
//
// Tokens travel as plain metadata, because everything speaks over loopback for
// now; on any other network the connection has to be encrypted first.
package auth
