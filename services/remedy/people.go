package remedy

import (
	"context"

	"github.com/redress-dev/redress/services/internal/arrival"
)

// PeopleStore knows who there is, as routing tells. Each method is one transaction.
type PeopleStore interface {
	// Unlisted are those of the names, "agents/{agent}" or "departments/{department}", that the directory has never had, in their order. A
	// directory of which no people were heard lists everybody.
	Unlisted(ctx context.Context, names ...string) ([]string, error)
}

// listed refuses a name that is nobody's in the directory. Names that are empty are nobody in particular. Errors: NOT_IN_DIRECTORY.
func (s *Service) listed(ctx context.Context, fields []string, names []string) error {
	unlisted, err := s.deps.People.Unlisted(ctx, names...)
	if err != nil {
		return err
	}
	for i, name := range names {
		if len(unlisted) > 0 && name == unlisted[0] {
			return notInDirectory(fields[i], name)
		}
	}
	return nil
}

// owners refuses a proposal of which a part would be owed by nobody of the directory. Errors: NOT_IN_DIRECTORY.
func (s *Service) owners(ctx context.Context, options []Option) error {
	var fields, names []string
	for _, o := range options {
		for n, part := range o.Parts {
			if part.Owner != "" {
				fields, names = append(fields, partField(o, n)+".owner"), append(names, part.Owner)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return s.listed(ctx, fields, names)
}

// there wants the items that options settle to be the complaint's. Errors: ITEM_UNKNOWN; NOT_YET_KNOWN for one that was added a moment ago.
func (s *Service) there(c *Case, options []Option) error {
	known := map[string]bool{}
	for _, item := range c.Items {
		known[item.ID] = true
	}
	for i, o := range options {
		for _, item := range o.Items {
			switch name := itemName(c.Complaint.ID, item); {
			case known[item]:
			case arrival.Expected(item, s.now()):
				return arrival.Early(name, "%s was added a moment ago and is not known here yet. Try again.", name)
			default:
				return itemUnknown(o.number(i), o.field+".items", name)
			}
		}
	}
	return nil
}
