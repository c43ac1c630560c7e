package intake

import "github.com/redress-dev/redress/services/internal/vault"

// owner is the customer with whose key words are sealed. Words stay with the
// customer who said them, or of whom they were said, also when they are on record of
// another one's complaint because theirs was merged into it (REC-6): they are gone
// as soon as that customer is erased.
type owner struct {
	// customer is "customers/{customer}".
	customer string
	// wrapped is the key as it is stored; key is nil when it was destroyed.
	wrapped []byte
	key     *vault.DataKey
}

// own is the complaint's own customer.
func (e *edit) own() owner { return owner{customer: e.Customer, wrapped: e.wrapped, key: e.key} }

// speaker is whose words the command brings: the complaint's own customer's, unless
// it was given on one that was merged into this.
func (e *edit) speaker() owner {
	if e.voice != nil {
		return *e.voice
	}
	return e.own()
}

// owner is with whose key an entry is sealed, or is to be. One whose words are gone
// is the complaint's own from the next change on.
func (e *edit) owner(kind EntryKind, id string) owner {
	entry := e.entry(kind, id)
	switch {
	case entry == nil:
		return e.speaker()
	case entry.Customer != "" && entry.key != nil:
		return owner{customer: entry.Customer, wrapped: entry.WrappedKey, key: entry.key}
	default:
		return e.own()
	}
}

// speaks has the command bring another customer's words.
func (s *Service) speaks(e *edit, customer Customer) error {
	if customer.Name == "" || customer.Name == e.Customer {
		return nil
	}
	key, err := s.key(customer.Name, customer.WrappedKey)
	if err != nil {
		return err
	}
	e.voice = &owner{customer: customer.Name, wrapped: customer.WrappedKey, key: key}
	return nil
}

// unlock gives the entries their keys that another customer's sealed.
func (s *Service) unlock(entries []Entry) error {
	for i := range entries {
		entry := &entries[i]
		if entry.Customer == "" || entry.key != nil {
			continue
		}
		var err error
		if entry.key, err = s.key(entry.Customer, entry.WrappedKey); err != nil {
			return err
		}
	}
	return nil
}
