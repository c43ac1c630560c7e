// Package hook sends signed requests to outside systems, and refuses to send any to where they must not go.
//
// Requests are as Standard Webhooks has them: webhook-id, webhook-timestamp and webhook-signature, signed by each secret that is given. They
// go to public addresses over TLS, and to what the firm allows besides; that is decided by the address that is dialled, so that a name which
// is resolved anew cannot lead anywhere else (SSRF, DNS rebinding). No proxy is used, no redirect followed, and of an answer no more read than
// is kept. The package remembers nothing: what is to be sent, and whether it was, is on record with its caller.
package hook
