package remedy

import (
	"fmt"
	"slices"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/amount"
)

// gistOf is what an option gives the customer: which requests it settles, and of each part its kind, words, amount, coupon and time. On what
// basis, by whom, and by which play makes no difference to the customer, and neither do spaces,
// signs, capitals, the width of letters and what nobody sees.
func gistOf(o Option, sent *remedyv1.Option) string {
	var all []string
	add := func(p Part, contents string) {
		var due string
		if !p.FulfilTime.IsZero() {
			due = p.FulfilTime.UTC().Format(time.RFC3339Nano)
		}
		words := plainly(amount.Seen(contents))
		all = append(all, fmt.Sprintf("%q", []any{p.Kind.String(), words, p.Amount.value().String(), p.Threshold.value().String(), p.ExpireTime.UTC().String(), due}))
	}
	add(o.Parts[0], sent.GetContents())
	for n, further := range sent.GetParts() {
		add(o.Parts[n+1], further.GetContents())
	}
	slices.Sort(all)
	return fmt.Sprintf("%q %q", slices.Sorted(slices.Values(o.Items)), all)
}

// different wants each option to give the customer something else: the same twice is no choice (REM-1).
func different(options []Option) error {
	for i := range options {
		for n := range i {
			if options[i].gist == options[n].gist {
				return optionsAlike(options[i], i, n+1)
			}
		}
	}
	return nil
}
