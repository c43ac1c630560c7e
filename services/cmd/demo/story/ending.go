package story

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// proof prints what stays on record, and requires that it is what was told.
func (s *stage) proof(ctx context.Context) error {
	s.begin("end")
	if err := s.pause(ctx, (holdBack+1)*tick); err != nil { // The last events may be on their way.
		return err
	}
	timeline, err := s.timeline(ctx)
	if err != nil {
		return err
	}
	s.table(timeline)
	if timeline.GetPartial() {
		return fmt.Errorf("the timeline lacks what %s recorded", strings.Join(timeline.GetUnavailableSources(), ", "))
	}
	if err := s.compare(timeline); err != nil {
		return err
	}
	return s.duties(ctx)
}

// timeline reads all pages of the timeline.
func (s *stage) timeline(ctx context.Context) (*gatewayv1.ListTimelineResponse, error) {
	whole := &gatewayv1.ListTimelineResponse{}
	for token := ""; ; {
		page := &gatewayv1.ListTimelineResponse{}
		if err := s.get(ctx, "/timeline?pageToken="+url.QueryEscape(token), page); err != nil {
			return nil, err
		}
		whole.Entries = append(whole.Entries, page.GetEntries()...)
		if page.GetPartial() {
			whole.Partial, whole.UnavailableSources = true, page.GetUnavailableSources()
		}
		if token = page.GetNextPageToken(); token == "" {
			return whole, nil
		}
	}
}

// table prints the timeline.
func (s *stage) table(timeline *gatewayv1.ListTimelineResponse) {
	told := map[string]happening{}
	for _, h := range s.told {
		told[h.event.GetEventId()] = h
	}
	fmt.Fprintln(s.deps.Out)
	s.paper.prose(s.words.say("end.table", "complaint", "complaints/…", "count", strconv.Itoa(len(timeline.GetEntries()))))
	s.row(dim, s.words.say("end.time"), s.words.say("end.service"), s.words.say("end.who"), s.words.say("end.what"))
	for _, entry := range timeline.GetEntries() {
		who, what, with := s.called(entry.GetActor()), entry.GetSummary(), plain
		if h, ok := told[entry.GetEventId()]; ok {
			who, what, with = s.doer(h), s.tell(h), markOf(keyOf(h)).text
		}
		s.row(with, s.since(entry.GetRecordTime().AsTime()), entry.GetSource(), who, what)
	}
}

func (s *stage) row(with ink, when, service, who, what string) {
	head := fmt.Sprintf("  %s  %s  %s  ", fill(when, whenColumns), fill(service, 8), fill(who, whoColumns))
	s.paper.write(head, wide(head), with, what)
}

// compare requires that the timeline has every event that was followed.
func (s *stage) compare(timeline *gatewayv1.ListTimelineResponse) error {
	listed := map[string]bool{}
	for _, entry := range timeline.GetEntries() {
		listed[entry.GetEventId()] = true
	}
	for _, h := range s.told {
		if !listed[h.event.GetEventId()] {
			return fmt.Errorf("%s at %s was followed, and the timeline does not have it", h.event.GetType(), s.since(h.time()))
		}
	}
	return nil
}

// duties prints how each duty ended, and requires the ends that the story has told.
func (s *stage) duties(ctx context.Context) error {
	answer := &gatewayv1.ListComplaintDutiesResponse{}
	if err := s.get(ctx, "/duties", answer); err != nil {
		return err
	}
	fmt.Fprintln(s.deps.Out)
	s.paper.prose(s.words.say("end.duties", "complaint", "complaints/…"))
	for _, d := range answer.GetDuties() {
		head := "  " + fill(s.words.name("kind", d.GetKind().String()), 20) + "  "
		if d.GetKind() == policyv1.DutyKind_FOLLOW_UP { // It follows the resolution, and the story.
			s.paper.write(head, wide(head), markOf("duty_opened").text, s.words.say("end.owed", "due", s.since(d.GetDueTime().AsTime())))
			continue
		}
		text := s.words.say("end.duty", "verdict", s.words.name("verdict", d.GetVerdict().String()),
			"due", s.since(d.GetDueTime().AsTime()), "met", s.since(d.GetFactTime().AsTime()))
		if d.GetBreached() {
			text += s.words.say("end.breached")
		}
		s.paper.write(head, wide(head), markOf("duty_settled."+d.GetVerdict().String()).text, text)
	}
	for _, d := range answer.GetDuties() {
		if d.GetKind() == policyv1.DutyKind_FOLLOW_UP {
			continue
		}
		if late := d.GetKind() == policyv1.DutyKind_CALLBACK; late != d.GetBreached() || d.GetFactTime() == nil {
			return fmt.Errorf("%s ended as %s: %s", d.GetName(), d.GetVerdict(), d.GetWhy())
		}
	}
	return nil
}

// advise says what else can be looked at.
func (t *Story) advise() {
	s, name := t.stage, t.stage.complaint.GetName()
	fmt.Fprintln(s.deps.Out)
	s.paper.prose(s.words.say("end.done", "elapsed", s.deps.Now().Sub(s.filed).Truncate(1e8).String()))
	fmt.Fprintln(s.deps.Out)
	s.paper.prose(s.words.say("end.next"))
	auth := ` -H "Authorization: Bearer ` + t.cfg.TokenSource + `"`
	other := map[string]string{"en": "zh", "zh-Hans": "en"}[s.words.language]
	for _, advice := range [][2]string{
		{"workflow", fmt.Sprintf("http://%s/namespaces/redress/workflows/%s", t.cfg.UIAddress,
			url.PathEscape("complaint/"+strings.TrimPrefix(name, "complaints/")+"/1"))},
		{"timeline", "curl -sS '" + s.server.base + "/v1/" + name + "/timeline?pageSize=200'" + auth},
		{"overdue", "curl -sS '" + s.server.base + "/v1/callbacks?filter=overdue=true'" + auth},
		{"review", "TOKEN=" + t.cfg.TokenSource + " go run ./services/cmd/redress review page " + s.review + " --server " + t.cfg.GRPCAddress +
			" --out review.html"},
		{"docs", s.server.base + "/docs/"},
		{"policy", "services/internal/policy/default.yaml, services/internal/policy/remedy.yaml"},
		{"language", `make demo ARGS="--lang ` + other + t.cfg.Flags + `"`},
	} {
		if advice[0] == "workflow" && t.cfg.UIAddress == "" || advice[0] == "review" && s.review == "" {
			continue
		}
		s.paper.prose("· " + s.words.say("end.next."+advice[0]))
		// Not broken into lines: it is to be clicked or copied.
		fmt.Fprintln(s.deps.Out, "    "+s.paper.paint(cyan, advice[1]))
	}
}
