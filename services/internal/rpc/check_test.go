package rpc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestBrokenFieldsAreNamed(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	request := valid()
	request.Complainant.Email = "nobody"
	request.Demands = []*intakev1.Demand{{Amount: &money.Money{CurrencyCode: "CNY", Units: -1}}}
	request.Statement = ""
	_, err := agent(h).CreateComplaint(t.Context(), request)
	rpctest.RequireReason(t, err, codes.InvalidArgument, "INVALID_FIELD")
	require.Contains(t, status.Convert(err).Message(), "statement: ", "the message tells the first")
	require.Contains(t, status.Convert(err).Message(), "more)")
	told := make(map[string]string)
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range bad.GetFieldViolations() {
				told[violation.GetField()] += violation.GetReason() + " "
				require.NotEmpty(t, violation.GetDescription())
			}
		}
	}
	require.Contains(t, told["statement"], "TEXT_NOT_BLANK")
	require.Contains(t, told["complainant.email"], "STRING_EMAIL")
	require.Contains(t, told["demands[0].amount"], "DEMAND_AMOUNT_RANGE")
}

func TestEnumsAreToldByName(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	for name, test := range map[string]struct {
		outcome intakev1.Complaint_Outcome
		says    string
	}{
		"none":        {intakev1.Complaint_OUTCOME_UNSPECIFIED, "outcome: must be one of REMEDIED, EXPLAINED, REFUSED, UNREACHABLE"},
		"not allowed": {intakev1.Complaint_MERGED, "outcome: must be one of REMEDIED, EXPLAINED, REFUSED, UNREACHABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agent(h).ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
				Name: "complaints/" + strings.Repeat("0", 26), Outcome: test.outcome, Resolution: "told",
			})
			rpctest.RequireReason(t, err, codes.InvalidArgument, "INVALID_FIELD")
			require.Equal(t, test.says, status.Convert(err).Message())
		})
	}
}

// The error names no value that the rule excludes.
func TestExcludedValuesAreNotProposed(t *testing.T) {
	t.Parallel()
	check := rpc.NewValidator()
	err := check.Check(&intakev1.LinkComplaintRequest{
		Name: "complaints/" + strings.Repeat("0", 26), To: "complaints/" + strings.Repeat("1", 26), Relation: intakev1.Relation_MERGER, Reason: "x",
	})
	rpctest.RequireField(t, err, "relation")
	require.Contains(t, err.Error(), "must be one of ")
	require.NotContains(t, err.Error(), "MERGER")
}

// U+0000 is in no text, wherever it stands.
func TestNULIsRefused(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	for field, edit := range map[string]func(*intakev1.CreateComplaintRequest){
		"statement":    func(r *intakev1.CreateComplaintRequest) { r.Statement = "a\x00b" },
		"target.order": func(r *intakev1.CreateComplaintRequest) { r.Target = &intakev1.Target{Order: "1\x002"} },
		"demands[1].text": func(r *intakev1.CreateComplaintRequest) {
			r.Demands = []*intakev1.Demand{{Text: "a"}, {Text: "\x00 b"}}
		},
	} {
		request := valid()
		edit(request)
		_, err := agent(h).CreateComplaint(t.Context(), request)
		rpctest.RequireReason(t, err, codes.InvalidArgument, "INVALID_FIELD")
		rpctest.RequireField(t, err, field)
	}
}

// raw is a client's codec that sends bytes as they are.
type raw struct{}

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}
func (raw) Unmarshal(mem.BufferSlice, any) error { return nil }
func (raw) Name() string                         { return "proto" }

func statement(text string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), text)
}

func TestRequestsThatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	for what, tc := range map[string]struct {
		body   []byte
		code   codes.Code
		reason string
	}{
		"not UTF-8":  {statement("caf\xe9"), codes.InvalidArgument, "INVALID_UTF8"},
		"cut off":    {statement("text")[:3], codes.InvalidArgument, "INVALID_FIELD"},
		"not proto":  {[]byte("{}"), codes.InvalidArgument, "INVALID_FIELD"},
		"one MB":     {statement(strings.Repeat("x", 1<<20)), codes.InvalidArgument, "INVALID_FIELD"},
		"too large":  {statement(strings.Repeat("x", 2<<20)), codes.ResourceExhausted, "BODY_TOO_LARGE"},
		"faked mark": {protowire.AppendString(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.BytesType), strings.Repeat("x", 17)), codes.InvalidArgument, "INVALID_FIELD"},
		"empty mark": {protowire.AppendString(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.BytesType), ""), codes.InvalidArgument, "INVALID_FIELD"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var ignored any
			method := intakev1.IntakeService_CreateComplaint_FullMethodName
			err := h.Conn("agents/lin", authv1.Role_AGENT).Invoke(t.Context(), method, tc.body, &ignored, grpc.ForceCodecV2(raw{}))
			rpctest.RequireReason(t, err, tc.code, tc.reason)
			err = h.Anonymous().Invoke(t.Context(), method, tc.body, &ignored, grpc.ForceCodecV2(raw{}))
			rpctest.RequireReason(t, err, codes.Unauthenticated, "UNAUTHENTICATED")
		})
	}
	t.Run("stream", func(t *testing.T) {
		t.Parallel()
		conn := h.Conn("services/routing", authv1.Role_SERVICE)
		stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true},
			intakev1.EventLogService_WatchEvents_FullMethodName, grpc.ForceCodecV2(raw{}))
		require.NoError(t, err)
		require.NoError(t, stream.SendMsg(statement("\xff")))
		require.NoError(t, stream.CloseSend())
		var ignored any
		rpctest.RequireReason(t, stream.RecvMsg(&ignored), codes.InvalidArgument, "INVALID_UTF8")
	})
}
