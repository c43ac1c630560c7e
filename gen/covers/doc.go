// Package covers marks tests as the proof of requirements.
//
// docs/requirements.md gives each requirement an id that never changes. The test
// that proves one says so in its first lines:
//
//	func TestCallbackIsDueAfterOneDay(t *testing.T) {
//		covers.Requirement(t, "CALL-1")
//
// and `make coverage-map` lists, for each requirement, the tests that prove it.
//
// The list is worth what the marks are worth. So mark a test only if it fails
// when the rule is switched off: a test that merely passes near the rule proves
// nothing about it.
//
// The package lives in the gen module because every module of the repository
// imports that one and it imports none of them: wherever a rule is enforced, in a
// workflow, a service or the whole system, its test can reach this package. It
// uses the standard library only, so that it costs clients of gen nothing.
package covers
