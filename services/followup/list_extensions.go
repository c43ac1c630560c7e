package followup

import (
	"cmp"
	"context"
	"strconv"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// ListExtensions lists what is owed by law and for which more time is asked that nobody has granted or refused yet, the next due first.
// Errors: PAGE_TOKEN_INVALID.
func (s *Service) ListExtensions(ctx context.Context, req *followupv1.ListExtensionsRequest) (*followupv1.ListExtensionsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	const bind = "extensions"
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	after, err := promisePosition(cursor)
	if err != nil {
		return nil, err
	}
	now := s.now()
	// One more than asked for tells whether there is another page.
	list, err := s.deps.Store.RequestedExtensions(ctx, now, after, int(size)+1)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListExtensionsResponse{}
	if len(list) > int(size) {
		list = list[:size]
		last := list[size-1]
		res.NextPageToken = s.deps.Pages.Encode([]string{strconv.FormatInt(last.DueTime.UnixMicro(), 10), last.Complaint, last.ID}, bind)
	}
	for _, d := range list {
		c, err := s.known(ctx, d.Complaint)
		if err != nil {
			return nil, err
		}
		m := s.dutyMessage(d, now)
		if err := s.addReasons(ctx, m, d, c.Complaint.Customer); err != nil {
			return nil, err
		}
		res.Duties = append(res.Duties, m)
	}
	return res, nil
}

// addReasons tells why more time is asked for, to people who handle complaints: no workflow needs it (API-4).
func (s *Service) addReasons(ctx context.Context, m *followupv1.Duty, d *Duty, customer string) error {
	if caller(ctx).Has(authv1.Role_SERVICE) {
		return nil
	}
	for i := range d.Extensions {
		var err error
		if m.GetExtensions()[i].Reason, err = s.openText(ctx, &Pledge{Customer: customer}, d.Extensions[i].Reason, cmp.Or(d.Extensions[i].ReasonPlace, d.reasonPlace())); err != nil {
			return err
		}
	}
	return nil
}

// reasonPlace is what the reasons for more time are bound to.
func (d *Duty) reasonPlace() string { return dutyName(d.Complaint, d.ID) + "#extension" }
