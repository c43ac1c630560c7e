// Package rpc is what all gRPC servers and clients of Redress have in common.
//
// A call passes, in this order: the report (trace id, one log line, and every
// error turned into a status that says its reason), the guard against panics,
// the token and the access declared on the method, the limits of what is taken
// at a time, whether the caller sees the complaint (API-4), the checks of the
// request against the contract, and the idempotency key (API-1); chain.go has
// them side by side. What reaches a handler is therefore by a known caller,
// allowed, and well-formed. With telemetry, a span of the call surrounds all
// this; without, only the trace's id goes along.
//
// Health and reflection are open to everybody: they tell nothing but that the
// server runs and what the published contract says.
package rpc
