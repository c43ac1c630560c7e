// Package e2e holds the end-to-end tests of the standalone: the program as users start it, driven over REST, gRPC and
// Temporal's own interface, with the demo policy, which has the same rules in seconds.
package e2e
