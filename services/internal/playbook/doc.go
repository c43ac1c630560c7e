// Package playbook answers from the policy's playbooks: which fit a complaint, which of their plays meet what a customer needs, and which
// words they say never to say (REM-2). It has no state and no model: the same question has the same answer. Intake checks drafts with
// it, and remedy suggests and warns by it.
package playbook
