package intake

import (
	"context"

	"github.com/redress-dev/redress/services/internal/wording"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// CreateItem adds a request within the complaint (REC-3).
func (s *Service) CreateItem(ctx context.Context, req *intakev1.CreateItemRequest) (*intakev1.Item, error) {
	return create(ctx, s, req.GetParent(), ItemEntry, req.GetItem(), func(e *edit, id string, item *intakev1.Item) error {
		if err := e.want(Received, Active); err != nil {
			return err
		}
		item.State, item.Outcome = intakev1.Item_OPEN, ""
		e.OpenItems++
		e.tellItem(id, item.GetState())
		return nil
	})
}

// UpdateItem marks an item as done or dropped, or opens it again (REC-3).
func (s *Service) UpdateItem(ctx context.Context, req *intakev1.UpdateItemRequest) (*intakev1.Item, error) {
	sent := req.GetItem()
	fields, err := fieldsOf(sent, req.GetUpdateMask().GetPaths(), []string{"state", "outcome", "text"})
	if err != nil {
		return nil, err
	}
	return update(ctx, s, "item", ItemEntry, sent, sent.GetName(), fields, s.itemChanged)
}

func (s *Service) itemChanged(e *edit, id string, item *intakev1.Item) error {
	before := &intakev1.Item{}
	if err := readEntry(e.key, e.entry(ItemEntry, id), before); err != nil {
		return err
	}
	switch item.GetState() {
	case intakev1.Item_OPEN:
		item.Outcome = ""
	case intakev1.Item_DONE, intakev1.Item_DROPPED:
		if wording.Blank(item.GetOutcome()) {
			return invalid("item.outcome", "must say what was done, or why it was dropped")
		}
	default:
		return invalid("item.state", "must be OPEN, DONE or DROPPED")
	}
	if wording.Blank(item.GetText()) && !wording.Blank(before.GetText()) {
		// What was wanted may be gone, with the customer of a complaint that was merged.
		return invalid("item.text", "must not be blank")
	}
	open := item.GetState() == intakev1.Item_OPEN
	switch wasOpen := before.GetState() == intakev1.Item_OPEN; {
	case open && !wasOpen:
		if err := e.want(Received, Active); err != nil {
			return err
		}
		e.OpenItems++
	case !open && wasOpen:
		e.OpenItems--
	}
	e.tellItem(id, item.GetState())
	return nil
}

func (e *edit) tellItem(id string, state intakev1.Item_State) {
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ItemChanged{ItemChanged: &eventv1.ItemChanged{
		Item: entryName(e.ID, ItemEntry, id), State: state.String(), OpenCount: e.OpenItems,
	}}})
}
