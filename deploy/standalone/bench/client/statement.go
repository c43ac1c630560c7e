package client

import (
	_ "embed"
	"fmt"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

//go:embed statements.txt
var sentences string

// statementBytes is how long a statement is at least; it ends with the sentence that gets it there.
const statementBytes = 700

// Book makes complaints to file: of a realistic length, in Chinese and English by turns, of known and new customers. The same
// numbers give the same complaints.
type Book struct {
	// Known is how many of a hundred complaints are of a customer who has complained before.
	Known int
	// Customers is how many known customers there are: those of the first so many complaints.
	Customers int

	languages [2][]string
}

// NewBook returns a book without known customers.
func NewBook() *Book {
	b := &Book{}
	at := 0
	for line := range strings.Lines(sentences) {
		switch line = strings.TrimSpace(line); line {
		case "en":
			at = 0
		case "zh":
			at = 1
		default:
			b.languages[at] = append(b.languages[at], line)
		}
	}
	return b
}

// Complaint is the complaint of a number, which is its place in the order of filing: 0, 1, 2 …
func (b *Book) Complaint(n int) *intakev1.CreateComplaintRequest {
	req := &intakev1.CreateComplaintRequest{
		Statement:   b.statement(n),
		Complainant: b.complainant(n),
		Channel:     intakev1.Complaint_WEB,
		Target:      &intakev1.Target{Kind: policyv1.TargetKind(1 + n%4), Order: fmt.Sprintf("A-%08d", n)},
	}
	if n%2 == 0 {
		req.Demands = []*intakev1.Demand{{Text: "The fee back, and a call by somebody who can decide.", Kind: intakev1.Demand_REFUND}}
	}
	return req
}

// statement begins with its number, so that no two are alike.
func (b *Book) statement(n int) string {
	list := b.languages[n%2]
	var text strings.Builder
	fmt.Fprintf(&text, "#%d. ", n)
	for i := n / 2; text.Len() < statementBytes; i++ {
		text.WriteString(list[i%len(list)])
		text.WriteString(" ")
	}
	return strings.TrimSpace(text.String())
}

// complainant has a telephone number, and one in four an e-mail address, too.
func (b *Book) complainant(n int) *intakev1.Complainant {
	if n >= b.Customers && b.Customers > 0 && n*37%100 < b.Known {
		n = n * 7919 % b.Customers // Any of them, in no order that a cache would like.
	}
	c := &intakev1.Complainant{DisplayName: fmt.Sprintf("Customer %d", n), Phone: fmt.Sprintf("+86138%08d", n)}
	if n%4 == 0 {
		c.Email = fmt.Sprintf("customer-%d@example.com", n)
	}
	return c
}
