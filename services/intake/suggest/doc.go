// Package suggest proposes how a complaint may be assessed: its scenario, its
// department and its causes, each with a confidence and with what speaks for it,
// from complaints that people have assessed (ASSESS-2).
//
// A text is read as terms: sequences of one to three Chinese characters, folded to
// simplified ones, and English words, their beginnings and pairs. A linear model
// weighs them. It begins with the policy's seed words, so that it is of use with no
// history, and learns what they do not explain: logistic regression whose offset is
// the seeds' vote.
//
// The same examples make the same model, in whatever order they were learnt. What
// is kept of an example are hashes of its terms, in memory only; the terms that a
// suggestion shows are those of the text that it is asked about.
package suggest
