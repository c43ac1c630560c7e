// Package idem remembers which commands were carried out, so that a command that
// is sent again with the same idempotency key is answered and not repeated.
//
// The interceptor of package rpc puts the Command into the context; the store
// calls Claim at the start of the command's transaction, so that the memory and
// the change are one; Ask and Take do the same where commands share a
// transaction. What is remembered is the name of the resource that the command
// made or changed: a repeated command is answered with its current state. The
// table belongs to package eventlog's Migrate.
package idem
