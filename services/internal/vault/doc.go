// Package vault keeps personal data unreadable at rest, and erasable (API-4).
//
// It is envelope encryption by Tink: every customer has a data key of their own
// that seals what identifies them; data keys are kept wrapped by the master key
// of the installation. Destroying a customer's wrapped key therefore erases all
// that was sealed for them, in tables, events and backups alike. The master keys
// are in one file, the keyring, which only its owner may read; without it
// nothing can be opened again, so it belongs into the operator's backup, apart
// from the databases.
//
// Telephone numbers and the like are found again by a keyed hash, Lookup, which
// without the keyring cannot be tried against a list of all numbers.
package vault
