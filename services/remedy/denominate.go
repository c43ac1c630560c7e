package remedy

import (
	"context"
	"fmt"
)

// Denominate fails when the policy counts in another currency than what is on record, or in other fractions of it: the ledger has whole
// numbers alone, which would be read as something else. It is called before anything is served.
func (s *Service) Denominate(ctx context.Context) error {
	said := Denomination{Currency: s.rules.Currency, Digits: s.rules.Digits}
	held, err := s.deps.Ledger.Denominate(ctx, said)
	if err != nil {
		return fmt.Errorf("remedy: in which currency the ledger is: %w", err)
	}
	if held != said {
		return fmt.Errorf("remedy: what is on record is in %s with %d digits after the point, and the policy's remedies.currency and "+
			"currency_digits say %s with %d: set them back; another currency takes an installation of its own",
			held.Currency, held.Digits, said.Currency, said.Digits)
	}
	return nil
}
