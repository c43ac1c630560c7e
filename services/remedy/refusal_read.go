package remedy

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// RefusalStore reads refusals; they are changed by Store.Change.
type RefusalStore interface {
	// Refusals reads a complaint's refusals in their order, with their steps and repeats.
	Refusals(ctx context.Context, query RefusalQuery) ([]Refusal, error)
}

// RefusalQuery selects refusals.
type RefusalQuery struct {
	// Complaint is the complaint's id.
	Complaint string
	// After is the number behind which to begin; 0 for the first.
	After int32
	// Limit is how many to read at most.
	Limit int
}

// GetRefusal reads a refusal. Those who do not handle complaints get it without its words (API-4). Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetRefusal(ctx context.Context, req *remedyv1.GetRefusalRequest) (*remedyv1.Refusal, error) {
	return s.readRefusal(ctx, req.GetName())
}

// ListRefusals lists the refusals of a complaint, oldest first. Those who do not handle complaints get them without their words (API-4).
// Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, PAGE_TOKEN_INVALID.
func (s *Service) ListRefusals(ctx context.Context, req *remedyv1.ListRefusalsRequest) (*remedyv1.ListRefusalsResponse, error) {
	complaint, err := s.known(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "refusals\x00" + complaint.ID
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	query := RefusalQuery{Complaint: complaint.ID, Limit: int(size) + 1}
	if cursor != nil {
		after, err := strconv.ParseInt(cursor[0], 10, 32)
		if err != nil || len(cursor) != 1 {
			return nil, page.ErrToken
		}
		query.After = int32(after)
	}
	list, err := s.deps.Refusals.Refusals(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListRefusalsResponse{}
	if len(list) > int(size) {
		list = list[:size]
		resp.NextPageToken = s.deps.Pages.Encode([]string{strconv.Itoa(int(list[size-1].Number))}, bind)
	}
	reader := s.reader(ctx)
	for i := range list {
		m, err := reader.refusal(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		resp.Refusals = append(resp.Refusals, m)
	}
	return resp, nil
}

// readRefusal is the refusal of a name as the caller may see it.
func (s *Service) readRefusal(ctx context.Context, name string) (*remedyv1.Refusal, error) {
	r, err := s.refusal(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.reader(ctx).refusal(ctx, r)
}

// refusal is one as the caller may see it.
func (r *reader) refusal(ctx context.Context, stored *Refusal) (*remedyv1.Refusal, error) {
	m := &remedyv1.Refusal{
		Name: stored.Name(), Cycle: stored.Cycle, State: stored.State, Next: stored.Next(), WatchTime: timestamp(stored.WatchTime),
		Actor: stored.Actor, CreateTime: timestamppb.New(stored.CreateTime), EndTime: timestamp(stored.EndTime), Etag: refusalEtag(stored),
	}
	for _, complaint := range stored.Repeats {
		m.Repeats = append(m.Repeats, complaintName(complaint))
	}
	words := r.of(ctx, stored.Customer)
	m.Decision, m.Clause = words.open(stored.Decision, stored.decisionPlace()), words.open(stored.Clause, stored.clausePlace())
	m.Words = words.open(stored.Words, stored.wordsPlace())
	for _, step := range stored.Steps {
		told := &remedyv1.RefusalStep{
			Kind: step.Kind, Done: step.Done, Abuse: step.Abuse, Party: step.Party, Actor: step.Actor, CreateTime: timestamppb.New(step.Time),
			Alternative:        words.open(step.Alternative, stored.alternativePlace()),
			AlternativeDueTime: timestamp(step.AlternativeDue), AlternativeOwner: step.AlternativeOwner,
		}
		if text := words.open(step.Words, stored.stepPlace(step.Kind)); step.Done {
			told.Evidence = text
		} else {
			told.Reason = text
		}
		m.Steps = append(m.Steps, told)
	}
	return m, words.err
}

// wordsOf opens several texts of one customer, and keeps the first error.
type wordsOf struct {
	reader   *reader
	ctx      context.Context //nolint:containedctx // It lives as long as one call.
	customer string
	err      error
}

func (r *reader) of(ctx context.Context, customer string) *wordsOf {
	return &wordsOf{reader: r, ctx: ctx, customer: customer}
}

// open is empty for a caller who may not read it, when the customer was erased, and after an error.
func (w *wordsOf) open(sealed []byte, place string) string {
	if w.err != nil {
		return ""
	}
	var text string
	text, w.err = w.reader.text(w.ctx, w.customer, sealed, place)
	return text
}
