package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/wording"
	"github.com/redress-dev/redress/services/remedy"
)

// TestNoRefusalBlamesOrHasTheLastWord: the letter goes out by itself, so what it would tell is refused where it is written (REF-1).
func TestNoRefusalBlamesOrHasTheLastWord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	unfit := remedyv1.ErrorReason_WORDS_UNFIT.String()
	const blame, last = "It is your own fault, you broke it yourself.", "The right of final interpretation belongs to us."
	for field, req := range map[string]*remedyv1.BeginRefusalRequest{
		"decision": {Name: complaint, Decision: "No refund. " + last, Clause: "section 10"},
		"clause":   {Name: complaint, Decision: "no full refund after three years", Clause: blame},
	} {
		_, err := client.BeginRefusal(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, unfit)
		rpctest.RequireField(t, err, field)
		require.Regexp(t, `^\d+-\d+(, \d+-\d+)*$`, metadataOf(t, err)["spans"])
		require.NotEmpty(t, metadataOf(t, err)["rules"])
	}
	r := w.refuse(complaint)
	soothe := step(r.GetName(), remedyv1.RefusalStep_SET_EXPECTATIONS)
	soothe.Evidence = "she was told by a colleague: it is your own fault"
	r, err := client.RecordRefusalStep(t.Context(), soothe)
	require.NoError(t, err, "the customer is not told what a step of ours is proven by")
	r = w.climb(r, remedyv1.RefusalStep_SOOTHE)
	for field, set := range map[string]func(*remedyv1.RecordRefusalStepRequest){
		"evidence":    func(req *remedyv1.RecordRefusalStepRequest) { req.Evidence = "本公司拥有最终解释权。" },
		"alternative": func(req *remedyv1.RecordRefusalStepRequest) { req.Alternative = blame },
	} {
		req := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
		set(req)
		_, err := client.RecordRefusalStep(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, unfit)
		rpctest.RequireField(t, err, field)
	}
}

// TestUnfitWordsOnRecordAreAnObjection, which were written before anybody looked at them, or by other rules.
func TestUnfitWordsOnRecordAreAnObjection(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	lenient, err := wording.New(&policyv1.Wording{})
	require.NoError(t, err)
	deps := w.deps
	deps.Checker = lenient
	before, err := remedy.New(remedy.Config{}, deps)
	require.NoError(t, err)
	client := remedyv1.NewRefusalServiceClient(rpctest.Serve(t, before.Register).Conn("agents/lin", authv1.Role_AGENT))
	r, err := client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: complaint, Decision: "本公司拥有最终解释权。", Clause: "第七条"})
	require.NoError(t, err)
	w.climb(r, remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	_, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{
		Name: r.GetName(), Accepted: true, Words: "好吧", Evidence: w.says(complaint),
	})
	require.NoError(t, err)
	objections := func(outcome string) []string {
		resp, err := w.as("services/worker", authv1.Role_SERVICE).CheckRemedies(t.Context(), &remedyv1.CheckRemediesRequest{
			Complaint: complaint, Cycle: 1, Outcome: outcome,
		})
		require.NoError(t, err)
		return resp.GetObjections()
	}
	letter, err := client.WriteRefusal(t.Context(), &remedyv1.WriteRefusalRequest{Name: r.GetName()})
	require.NoError(t, err)
	require.Empty(t, letter.GetMissing(), "by the rules of before")
	letter, err = w.refusing("agents/lin", authv1.Role_AGENT).WriteRefusal(t.Context(), &remedyv1.WriteRefusalRequest{Name: r.GetName()})
	require.NoError(t, err)
	require.Len(t, letter.GetMissing(), 1)
	require.Contains(t, letter.GetMissing()[0], "最终解释权")
	require.Len(t, objections("REFUSED"), 1)
	require.Contains(t, objections("REFUSED")[0], r.GetName()+" says what no refusal says (decision)")
	require.Empty(t, objections("EXPLAINED"), "its letter has other words")
	again := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	_, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{
		Name: again.GetName(), Accepted: true, Words: "好吧", Evidence: w.says(complaint),
	})
	require.NoError(t, err)
	require.Empty(t, objections("REFUSED"))
}

// TestNoRefusalIsAFlatNo, nor an insult: what is refused, and what can be done instead, is said (REF-1).
func TestNoRefusalIsAFlatNo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	unfit := remedyv1.ErrorReason_WORDS_UNFIT.String()
	for _, flat := range []string{
		"No way, that is our final word. You are lying.", "No.", "We refuse. Full stop.", "Nothing can be done", "不行", "不行。", "It is not possible.",
		"Your request has been denied.", "You are lying, the scratch was there before", "We will not pay a cent for the scratch", "三年后全额退款，免谈", "很抱歉，不行",
	} {
		_, err := client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: complaint, Decision: flat, Clause: "section 10"})
		require.Error(t, err, flat)
		rpctest.RequireReason(t, err, codes.InvalidArgument, unfit)
		rpctest.RequireField(t, err, "decision")
	}
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_SOOTHE)
	for _, none := range []string{"none", "None.", "nothing", "no alternative", "N/A", "无", "没有", "x", "-1"} {
		req := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
		req.Alternative = none
		_, err := client.RecordRefusalStep(t.Context(), req)
		require.Error(t, err, none)
		require.Equal(t, codes.InvalidArgument, status.Code(err), none)
	}
	req := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	req.Evidence = "We do not want to"
	_, err := client.RecordRefusalStep(t.Context(), req)
	rpctest.RequireReason(t, err, codes.InvalidArgument, unfit)
	rpctest.RequireField(t, err, "evidence")
	for _, fit := range []string{
		"no full refund after three years", "50000 yuan cannot be paid for a scratch of this size", "不能退", "无法退还已使用的部分", "There is no way to tell from the photos what broke it, so we cannot refund it",
		"三年后不能全额退款",
	} {
		other := w.receive()
		_, err := client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: other, Decision: fit, Clause: "section 10"})
		require.NoError(t, err, fit)
	}
}

// TestAClauseIsSaidInWords: a mark, a letter or a bare no names no rule that anybody could look up, in whatever language (REF-1).
func TestAClauseIsSaidInWords(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	begin := func(complaint, clause string) error {
		_, err := client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: complaint, Decision: "三年后不能全额退款", Clause: clause})
		return err
	}
	for _, none := range []string{"x", "7", "§7", "无", "。不。", "-1-"} {
		rpctest.RequireReason(t, begin(complaint, none), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	for _, no := range []string{
		"不行", "不可以", "没办法", "不能", "不可", "没法", "无法", "就是不行", "这个不行", "實在沒辦法", "不允许", "No.", "not allowed", "can't",
	} {
		err := begin(complaint, no)
		require.Error(t, err, no)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_WORDS_UNFIT.String())
		rpctest.RequireField(t, err, "clause")
	}
	for _, clause := range []string{"§ 10", "第七条", "三包规定", "不可抗力条款", "不能退换的商品目录，第二条", "no-refund clause, section 4"} {
		require.NoError(t, begin(w.receive(), clause), clause)
	}
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_SOOTHE)
	for _, no := range []string{"不行", "不可以", "我们也没办法", "不能"} {
		req := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
		req.Evidence = no
		_, err := client.RecordRefusalStep(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_WORDS_UNFIT.String())
		rpctest.RequireField(t, err, "evidence")
	}
}
