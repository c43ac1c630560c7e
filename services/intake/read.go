package intake

import (
	"context"

	"google.golang.org/protobuf/proto"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// GetComplaint reads a complaint, masked for roles that do not need personal
// data (API-4).
func (s *Service) GetComplaint(ctx context.Context, req *intakev1.GetComplaintRequest) (*intakev1.Complaint, error) {
	record, err := s.named(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.view(ctx, &record), nil
}

// named reads the complaint that a field of a request names.
func (s *Service) named(ctx context.Context, field, name string) (Record, error) {
	id, err := complaintID(field, name)
	if err != nil {
		return Record{}, err
	}
	record, err := s.store.Get(ctx, id)
	return record, fault(err)
}

// ListComplaints lists complaints, masked like GetComplaint.
func (s *Service) ListComplaints(ctx context.Context, req *intakev1.ListComplaintsRequest) (*intakev1.ListComplaintsResponse, error) {
	order, err := orderBy(req.GetOrderBy())
	if err != nil {
		return nil, err
	}
	size, err := s.pageSize(req)
	if err != nil {
		return nil, err
	}
	bind := "complaints\n" + req.GetOrderBy() + "\n" + req.GetFilter()
	after, err := s.position(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	// One more than asked for tells whether there is a next page.
	records, err := s.store.List(ctx, Query{Filter: req.GetFilter(), Order: order, After: after, Limit: size + 1})
	if err != nil {
		return nil, err
	}
	out := &intakev1.ListComplaintsResponse{}
	bytes := 0
	for i := range records {
		if i == size || bytes > maxPageBytes {
			out.NextPageToken = s.pages.Encode(order.PositionOf(&records[i-1].Complaint).cursor(), bind)
			break
		}
		complaint := s.view(ctx, &records[i])
		out.Complaints = append(out.Complaints, complaint)
		bytes += proto.Size(complaint)
	}
	return out, nil
}

// orderBy reads the order of a list, newest receive_time first by default.
func orderBy(text string) (Order, error) {
	switch text {
	case "", "receive_time desc":
		return Order{}, nil
	case "receive_time":
		return Order{Ascending: true}, nil
	case "create_time desc":
		return Order{ByCreateTime: true}, nil
	case "create_time":
		return Order{ByCreateTime: true, Ascending: true}, nil
	default:
		return Order{}, errs.Invalid(errorv1.Reason_ORDER_BY_INVALID.String(), "order_by",
			"A list is ordered by receive_time or create_time, with desc behind it for the newest first.")
	}
}
