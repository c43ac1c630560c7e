// Package tlsfile makes TLS of certificates, keys and authorities that lie in files, and takes the files' new content when they
// are rotated, without a restart: connections made from then on use it, those that are there go on.
//
// Files are looked at when a connection is made, at most once a second. What does not fit, because a rotation is half done or
// wrong, is said once in the log, and the content before it stays in use. At the start it is an error.
package tlsfile
