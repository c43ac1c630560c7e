// Package remedy owns what is given to customers: the remedies that are proposed for a complaint, each with the options that the
// customer may choose from.
//
// This is the first form: a remedy is proposed and on record, and never changes. Approval, offers and fulfilment build on it.
// These hold at any time:
//
//   - A remedy belongs to the cycle of its complaint in which it was proposed; a complaint that has ended takes none until it is
//     reopened.
//   - Where a complaint stands follows from the facts that intake told, in whatever order they were delivered.
//   - Words for the customer are sealed with the customer's data key, and read only by those who handle complaints (API-4).
//     Kinds, reasons and amounts are plain, so that they can be summed.
//   - What was proposed and the event that tells of it are one transaction.
//
// The domain files use the generated enums, which are the project's vocabulary, and no generated messages but those of events.
package remedy
