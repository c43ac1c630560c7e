package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// texts are the calls that need words, by the field that has them.
func (f *fixture) texts(name string) map[string]func(text string) error {
	ctx := f.t.Context()
	return map[string]func(string) error{
		"statement": func(text string) error {
			req := request()
			req.Statement = text
			_, err := f.agent.CreateComplaint(ctx, req)
			return err
		},
		"message.text": func(text string) error {
			_, err := say(f.t, f.agent, name, intakev1.Message_AGENT, text)
			return err
		},
		"resolution": func(text string) error {
			_, err := f.agent.ResolveComplaint(ctx, &intakev1.ResolveComplaintRequest{
				Name: name, Outcome: intakev1.Complaint_EXPLAINED, Resolution: text,
			})
			return err
		},
		"reason": func(text string) error {
			_, err := f.agent.ReopenComplaint(ctx, &intakev1.ReopenComplaintRequest{Name: name, Reason: text})
			return err
		},
	}
}

// Words that nobody can see are none: an agent's blank message would settle
// duties.
func TestBlankTexts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	c := f.file()
	for _, blank := range []string{"", "   ", " \n\t", "\u3000", "\u00a0", "\u200b", "\u2028", "\ufeff", "\u3000\u200d \x00", "\u3164", "\u2800\u115f\u1160\uffa0"} {
		for field, call := range f.texts(c.GetName()) {
			err := call(blank)
			rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
			bad, ok := status.Convert(err).Details()[1].(*errdetails.BadRequest)
			require.True(t, ok)
			require.Len(t, bad.GetFieldViolations(), 1, "one fault is told once")
			require.Equal(t, field, bad.GetFieldViolations()[0].GetField())
			require.Equal(t, "must not be blank", bad.GetFieldViolations()[0].GetDescription())
		}
	}
	require.Equal(t, []string{"complaint_received"}, f.types(c.GetName()), "nothing was written")
}

func TestTextsOfAnyScript(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	for _, text := range []string{"客", "\u3000好\u3000", "🙂", "👩\u200d👩\u200d👧", "e\u0301", "नमस्ते", "?", "\n1\n"} {
		texts := f.texts(f.in(intakev1.Complaint_ACTIVE).GetName())
		require.NoError(t, texts["statement"](text), text)
		require.NoError(t, texts["message.text"](text), text)
		require.NoError(t, texts["resolution"](text), text)
		resolved := f.texts(f.in(intakev1.Complaint_RESOLVED).GetName())
		require.NoError(t, resolved["reason"](text), text)
	}
}
