// Package risk reads what a customer wrote for signs of trouble (RISK-1, RISK-2):
// threats to turn elsewhere, anger, demands that rise, the same fault again, an
// offer declined, a question for progress. It is pure: the same text and lexicon
// give the same reading, and nothing is kept.
//
// The words and weights are the policy's (policy.v1 Risk), written once in simplified
// Chinese and English and expanded into traditional Chinese when an Analyser is
// made. How words work together is grammar and stands here: a keyword alone is
// hardly ever a signal; the clause it stands in decides whether the customer
// threatens, has done it already, was threatened, only thought of it, or names it.
//
// The way of a text (reader.go): it is made comparable (text.go), its words are found
// (lexicon.go), it is cut into clauses (clause.go), the places where somebody may
// turn elsewhere are collected (escalation.go) and judged (judge.go: voice.go, time.go,
// veiled.go), the rest is read off (mood.go: again.go, amount.go), and the message's kind
// follows (kind.go).
//
// Then a second opinion is asked, which was learned from letters (package train): what
// it sees of each clause (token.go, observe.go), what that speaks for (model.go), and
// what it confirms, drops and adds (opinion.go).
package risk
