package routing

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/types/known/durationpb"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/vault"
)

// GetHandOff reads a hand-off. Those who do not handle complaints get it without its words (API-4).
func (s *Service) GetHandOff(ctx context.Context, req *routingv1.GetHandOffRequest) (*routingv1.HandOff, error) {
	return s.readHandOff(ctx, req.GetName())
}

// ListHandOffs lists a complaint's hand-offs, oldest first.
func (s *Service) ListHandOffs(ctx context.Context, req *routingv1.ListHandOffsRequest) (*routingv1.ListHandOffsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind, after := "hand-offs of "+req.GetParent(), 0
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err == nil && len(cursor) > 0 {
		if after, err = strconv.Atoi(cursor[0]); err != nil {
			err = page.ErrToken
		}
	}
	if err != nil {
		return nil, err
	}
	complaint := complaintID(req.GetParent())
	c, err := s.deps.HandOffs.HandOffs(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	resp := &routingv1.ListHandOffsResponse{}
	list := c.HandOffs[min(after, len(c.HandOffs)):]
	if len(list) > int(size) {
		list = list[:size]
		resp.NextPageToken = s.deps.Pages.Encode([]string{strconv.Itoa(after + int(size))}, bind)
	}
	resp.HandOffs, err = s.shown(ctx, c, list)
	return resp, err
}

// readHandOff is a hand-off as it is now.
func (s *Service) readHandOff(ctx context.Context, name string) (*routingv1.HandOff, error) {
	complaint, number := handOffIDs(name)
	c, err := s.deps.HandOffs.HandOffs(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	h := c.find(number)
	if h == nil {
		return nil, notThere(name)
	}
	list, err := s.shown(ctx, c, []HandOff{*h})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// shown are hand-offs as the caller may see them.
func (s *Service) shown(ctx context.Context, c *HandOffCase, list []HandOff) ([]*routingv1.HandOff, error) {
	if len(list) == 0 {
		return nil, nil
	}
	spans, err := s.spans(ctx, c)
	if err != nil {
		return nil, err
	}
	var key *vault.DataKey
	if mayRead(ctx) {
		key, err = s.deps.Keys.Key(ctx, c.Complaint.Customer)
		if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
			key, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	shown := make([]*routingv1.HandOff, len(list))
	for i := range list {
		h := &list[i]
		shown[i] = s.handOffProto(c, h)
		shown[i].Note = s.opened(ctx, key, h.Note, notePlace(h.Name()))
		shown[i].ReturnReason = s.opened(ctx, key, h.ReturnReason, returnPlace(h.Name()))
		until := h.SettleTime
		if until.IsZero() {
			until = s.now()
		}
		shown[i].HeldDuration = durationpb.New(held(spans, h.FromDepartment, h.Cycle, until))
	}
	return shown, nil
}

// opened is a sealed text; empty without a key. One that is damaged must not make a whole list unreadable.
func (s *Service) opened(ctx context.Context, key *vault.DataKey, sealed []byte, place string) string {
	if key == nil || len(sealed) == 0 {
		return ""
	}
	text, err := key.Open(sealed, place)
	if err != nil {
		s.deps.Logger.ErrorContext(ctx, "a text cannot be opened", "place", place, "error", err)
	}
	return string(text)
}

func (s *Service) handOffProto(c *HandOffCase, h *HandOff) *routingv1.HandOff {
	m := &routingv1.HandOff{
		Name: h.Name(), Cycle: h.Cycle, State: h.stands(c.Complaint, s.now()), FromDepartment: departmentName(h.FromDepartment),
		Giver: agentName(h.Giver), Proposer: h.Proposer, ToDepartment: departmentName(h.ToDepartment), ToAgent: agentName(h.ToAgent),
		CreateTime: timestamp(h.CreateTime), DueTime: timestamp(h.DueTime), SettleTime: timestamp(h.SettleTime), Settler: h.Settler,
		ReturnCount: h.ReturnCount, Decider: agentName(h.Decider), DecideTime: timestamp(h.DecideTime), Etag: etagOf(h),
		DecideDueTime: timestamp(h.DecideDueTime),
	}
	for _, item := range h.Items {
		m.Items = append(m.Items, &routingv1.HandedItem{Item: item.Name, State: item.State})
	}
	if h.Call != (Call{}) {
		m.Call = &routingv1.CallEvidence{Attempt: h.Call.Attempt, Caller: agentName(h.Call.Caller), CallTime: timestamp(h.Call.Time)}
	}
	return m
}

// etagOf is the etag that callers see.
func etagOf(h *HandOff) string { return strconv.Quote(strconv.FormatInt(h.Version, 36)) }
