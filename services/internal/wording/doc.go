// Package wording finds what a draft to a customer must not say (SAY-1): liability accepted or denied before a ruling, blame,
// "that is another department", promises nobody can be sure to keep, or that come too soon (PROM-2), the last word on a clause, a flat refusal. It
// advises; whether to send is the agent's decision. It is pure: the same draft has the same findings. Intake checks drafts with it, and
// whoever records what is promised.
//
// What is looked for is grammar rather than sentences, and all of it is the policy's (wording.words, wording.rules): lists of
// words that stand for one another, and patterns of lists in their order within a clause, "we accept liability". So few rules
// meet many wordings, and a firm adds a word, not a sentence. What makes the same words innocent is stated with the rule: a
// negation before them, a condition in the sentence, an alternative nearby. What a customer is quoted with is not the draft's
// own (wording.reports). Apologising for what the customer feels matches nothing.
//
// A draft goes through three steps, each in time linear in its length:
//   - text.go folds it: full width, case, zero-width characters, line ends; and cuts it into clauses and sentences. Every
//     character keeps its place in the original, so findings point there.
//   - lexicon.go finds all words of all lists in one pass (Aho-Corasick). Words are expanded into traditional characters once,
//     when the checker is made, so that the draft itself is never converted.
//   - match.go looks for the patterns, clause by clause; soon.go for the times beside them.
package wording
