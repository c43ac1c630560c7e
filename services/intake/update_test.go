package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// update sends a correction.
func (f *fixture) update(c *intakev1.Complaint, paths ...string) (*intakev1.Complaint, error) {
	req := &intakev1.UpdateComplaintRequest{Complaint: c}
	if len(paths) > 0 {
		req.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
	}
	return f.agent.UpdateComplaint(f.t.Context(), req)
}

func TestUpdateComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	sent := &intakev1.Complaint{
		Notes: "angry",
		Complainant: &intakev1.Complainant{
			DisplayName: "王大明", Phone: "138 8765 4321", LanguageCode: "en", PreferredChannel: policyv1.ContactWay_SMS, ContactHours: "09:00-12:00", TimeZone: "Europe/London",
		},
	}
	full := &intakev1.Complainant{
		DisplayName: "王大明", Phone: "+8613887654321", LanguageCode: "en", PreferredChannel: policyv1.ContactWay_SMS, ContactHours: "09:00-12:00", TimeZone: "Europe/London",
	}
	for name, test := range map[string]struct {
		paths  []string
		notes  string
		edit   func(was *intakev1.Complainant) *intakev1.Complainant
		fields []string
	}{
		"what is set": {
			notes: "angry",
			edit: func(was *intakev1.Complainant) *intakev1.Complainant {
				all := proto.CloneOf(full)
				all.Email = was.GetEmail()
				return all
			},
			fields: []string{
				"notes", "complainant.display_name", "complainant.phone", "complainant.language_code",
				"complainant.preferred_channel", "complainant.contact_hours", "complainant.time_zone",
			},
		},
		"notes": {paths: []string{"notes"}, notes: "angry", fields: []string{"notes"}},
		"one field": {
			paths: []string{"complainant.phone", "name", "etag"},
			edit: func(was *intakev1.Complainant) *intakev1.Complainant {
				was.Phone = full.GetPhone()
				return was
			},
			fields: []string{"complainant.phone"},
		},
		"an emptied field": {
			paths: []string{"complainant.email"},
			edit: func(was *intakev1.Complainant) *intakev1.Complainant {
				was.Email = ""
				return was
			},
			fields: []string{"complainant.email"},
		},
		"all of the complainant": {
			paths: []string{"complainant"},
			edit:  func(*intakev1.Complainant) *intakev1.Complainant { return full },
			fields: []string{
				"complainant.display_name", "complainant.phone", "complainant.email", "complainant.customer_id",
				"complainant.language_code", "complainant.preferred_channel", "complainant.contact_hours", "complainant.time_zone",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			was := f.in(intakev1.Complaint_ACTIVE)
			f.pass(time.Minute)
			correction := proto.CloneOf(sent)
			correction.Name, correction.Etag = was.GetName(), was.GetEtag()
			got, err := f.update(correction, test.paths...)
			require.NoError(t, err)
			want := proto.CloneOf(was)
			want.Notes, want.Etag, want.UpdateTime = test.notes, got.GetEtag(), timestamppb.New(f.now())
			if test.edit != nil {
				want.Complainant = test.edit(want.GetComplainant())
			}
			requireSame(t, want, got)
			requireSame(t, want, f.get(was.GetName()))
			require.NotEqual(t, was.GetEtag(), got.GetEtag())
			payloads := f.payloads(was.GetName())
			require.Equal(t, test.fields, payloads[len(payloads)-1].GetComplaintUpdated().GetFields())
		})
	}
}

// A time zone that there is not would have letters and calls at times that nobody meant.
func TestTimeZonesAreThoseThatThereAre(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "CALL-1")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	for _, zone := range []string{"Nowhere/Else", "Local", "../etc", "CST-8 "} {
		_, err := f.update(&intakev1.Complaint{Name: c.GetName(), Complainant: &intakev1.Complainant{TimeZone: zone}})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	_, err := f.update(&intakev1.Complaint{Name: c.GetName(), Complainant: &intakev1.Complainant{TimeZone: "Etc/GMT+5"}})
	require.NoError(t, err)
	contact, err := f.worker.GetContact(t.Context(), &intakev1.GetContactRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, "Etc/GMT+5", contact.GetComplainant().GetTimeZone())
}

// Nothing edited touches a state or a clock.
func TestUpdateNeverTouchesAClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	f := newFixture(t)
	for state := intakev1.Complaint_RECEIVED; state <= intakev1.Complaint_CLOSED; state++ {
		was := f.in(state)
		f.pass(time.Hour)
		got, err := f.update(&intakev1.Complaint{Name: was.GetName(), Notes: "x", Complainant: &intakev1.Complainant{Phone: "13887654321"}})
		require.NoError(t, err)
		require.Equal(t, was.GetState(), got.GetState())
		require.Equal(t, was.GetOutcome(), got.GetOutcome())
		require.Equal(t, was.GetCycle(), got.GetCycle())
		requireSame(t, was.GetTargets(), got.GetTargets())
		requireSame(t, was.GetReceiveTime(), got.GetReceiveTime())
		for _, path := range []string{
			"state", "outcome", "severity", "cycle", "receive_time", "targets", "targets.callback", "statement", "customer", "department",
			"resolution", "complainant.secret", "*",
		} {
			_, err = f.update(got, path)
			rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FIELD_NOT_UPDATABLE.String())
		}
	}
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	_, err := f.update(&intakev1.Complaint{Name: c.GetName()}, "complainant")
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_NOT_REACHABLE)
	_, err = f.update(&intakev1.Complaint{Name: c.GetName()}, "complainant.phone", "complainant.email")
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_NOT_REACHABLE)
	_, err = f.update(&intakev1.Complaint{Name: c.GetName(), Complainant: &intakev1.Complainant{Phone: "12"}})
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_PHONE_INVALID)
	for _, name := range []string{"", "complaints/x", "customers/00000000000000000000000000", "complaints/0000000000000/000000000000"} {
		_, err = f.update(&intakev1.Complaint{Name: name, Notes: "x"})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	requireSame(t, c, f.get(c.GetName()))
}

func TestUpdateThatChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	for _, paths := range [][]string{nil, {"name"}, {"complainant"}, {"complainant.phone", "notes"}} {
		got, err := f.update(c, paths...)
		require.NoError(t, err)
		requireSame(t, c, got)
	}
	require.Equal(t, []string{"complaint_received"}, f.types(c.GetName()))
}

func TestCorrectedContactFindsTheCustomer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	_, err := f.update(&intakev1.Complaint{Name: c.GetName(), Complainant: &intakev1.Complainant{Phone: "13887654321"}})
	require.NoError(t, err)
	for _, phone := range []string{"13887654321", "13912345678"} {
		next, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
			Statement: "x", Complainant: &intakev1.Complainant{Phone: phone},
		})
		require.NoError(t, err)
		require.Equal(t, c.GetCustomer(), next.GetCustomer())
	}
}

func TestLanguageIsFoundAgainWhenItIsEmptied(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	got, err := f.update(&intakev1.Complaint{Name: c.GetName(), Complainant: &intakev1.Complainant{LanguageCode: "en"}})
	require.NoError(t, err)
	require.Equal(t, "en", got.GetComplainant().GetLanguageCode())
	got, err = f.update(&intakev1.Complaint{Name: c.GetName()}, "complainant.language_code")
	require.NoError(t, err)
	require.Equal(t, "zh-Hans", got.GetComplainant().GetLanguageCode())
}
