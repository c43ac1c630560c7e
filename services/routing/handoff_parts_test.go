package routing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// consists tells routing that a complaint has these items, demands and attempts.
func (w *world) consists(complaint string, names ...string) {
	w.t.Helper()
	for _, name := range names {
		p := &eventv1.Payload{Kind: &eventv1.Payload_AttemptRecorded{AttemptRecorded: &eventv1.AttemptRecorded{Attempt: name}}}
		switch {
		case strings.Contains(name, "/items/"):
			p.Kind = &eventv1.Payload_ItemChanged{ItemChanged: &eventv1.ItemChanged{Item: name}}
		case strings.Contains(name, "/demands/"):
			p.Kind = &eventv1.Payload_DemandMade{DemandMade: &eventv1.DemandMade{Demand: name}}
		}
		w.apply(complaint, 1, p)
	}
}

// TestHandOffNamesWhatThereIs: what is handed over is part of the complaint, and a call that is named is on record, in this cycle.
func TestHandOffNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-3")
	w := newWorld(t)
	complaint := w.delivery()
	fresh := w.ids.ID()
	w.now = w.now.Add(time.Second)
	w.consists(complaint, complaint+"/items/1", complaint+"/demands/1", complaint+"/callbacks/1/attempts/1", complaint+"/callbacks/2/attempts/1")
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
		Parts: []string{complaint + "/items/merged", complaint + "/demands/merged"},
	}}})
	offer := func(attempt string, items ...string) error {
		req := &routingv1.HandOffComplaintRequest{Name: complaint, Department: "departments/quality"}
		for _, item := range items {
			req.Items = append(req.Items, complaint+item)
		}
		if attempt != "" {
			req.Call = &routingv1.CallEvidence{Attempt: complaint + attempt}
		}
		_, err := w.as("he").HandOffComplaint(t.Context(), req)
		return err
	}
	for _, refused := range []error{
		offer("", "/items/2"), offer("", "/items/1", "/demands/2"), offer("/callbacks/1/attempts/2"), offer("/callbacks/1/attempts/2", "/items/1"),
		offer("/callbacks/2/attempts/1"),
	} {
		rpctest.RequireReason(t, refused, codes.InvalidArgument, routingv1.ErrorReason_HAND_OFF_ITEM_UNKNOWN.String())
	}
	rpctest.RequireReason(t, offer("", "/items/1", "/items/"+fresh), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	w.now = w.now.Add(time.Hour)
	rpctest.RequireReason(t, offer("", "/items/"+fresh), codes.InvalidArgument, routingv1.ErrorReason_HAND_OFF_ITEM_UNKNOWN.String())
	require.Equal(t, []string{"complaint_assigned"}, w.types(complaint))
	require.NoError(t, offer("/callbacks/1/attempts/1", "/items/1", "/demands/1", "/items/merged", "/demands/merged"))
}

// TestPartsOfWhatIsNotKnownYet: an attempt may be told before its complaint is.
func TestPartsOfWhatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	w.consists(complaint, complaint+"/callbacks/1/attempts/1")
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: "customers/a", TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_URGENT,
	}}})
	w.assign(complaint, 1)
	_, err := w.as("he").HandOffComplaint(t.Context(), &routingv1.HandOffComplaintRequest{
		Name: complaint, Department: "departments/quality", Call: &routingv1.CallEvidence{Attempt: complaint + "/callbacks/1/attempts/1"},
	})
	require.NoError(t, err)
}
