// Package reach keeps people to the complaints that the policy lets them see
// (API-4, section access; docs/adr/0019-who-sees-what.md).
//
// It stands in one place, the interceptors of every server (rpc.Rows), and reads
// requests and answers as the contract describes them, not as each method would:
// a request that names a complaint which the caller does not see is answered as if
// there were none, and so is an answer that is about one; out of lists it is left
// out. Whose complaints those are routing says, which knows who is in charge and
// the directory; it is asked each time, so that a complaint that was handed over
// is seen from then on by whoever has it now.
package reach
