// Package auth says who a caller is and what callers may do (API-4).
//
// A caller shows a token: a JWT signed with Ed25519 that names a subject, such
// as "agents/lin", and its roles. There is no password and no session; a token
// is valid until it expires. Which roles may call a method is declared on the
// method in the proto files (redress.auth.v1.access) and read from there.
//
// Tokens travel as plain metadata, because everything speaks over loopback for
// now; on any other network the connection has to be encrypted first.
package auth
