package followup

import "context"

// listRequest is what all lists of this service are asked by.
type listRequest interface {
	GetParent() string
	GetFilter() string
	GetPageSize() int32
	GetPageToken() string
}

// listing is what all lists read of a request in the same way.
type listing struct {
	// complaint is whose entries are listed; empty for all.
	complaint string
	// size is how many entries a page has.
	size int
	// bind is what a page token is good for: it continues no other list.
	bind string
	// cursor is where the page before ended; nil for the first one.
	cursor []string
}

// limit is how many entries to read: one more than asked for tells whether there is another page.
func (l listing) limit() int { return l.size + 1 }

// listing reads a request for a list of a kind. Errors: INVALID_FIELD, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, PAGE_TOKEN_INVALID.
func (s *Service) listing(ctx context.Context, kind string, req listRequest) (l listing, err error) {
	if parent := req.GetParent(); parent != "" && parent != "complaints/-" {
		complaint, ok := complaintID(parent)
		if !ok {
			return l, invalidField("parent", "It is not the name of a complaint.")
		}
		if _, err := s.known(ctx, complaint); err != nil {
			return l, err
		}
		l.complaint = complaint
	}
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return l, err
	}
	l.size, l.bind = int(size), kind+"\x00"+l.complaint+"\x00"+req.GetFilter()
	l.cursor, err = s.deps.Pages.Decode(req.GetPageToken(), l.bind)
	return l, err
}
