package intake_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestDraftsAreCheckedByPlaybooks: what the playbook of the assessed complaint says never to say is found, with something better to say
// (REM-2, SAY-1). A draft for no complaint, and one that was not assessed, is held to what holds for all.
func TestDraftsAreCheckedByPlaybooks(t *testing.T) {
	covers.Requirement(t, "REM-2", "SAY-1")
	t.Parallel()
	f := newFixture(t)
	client := f.drafts("agents/lin", authv1.Role_AGENT)
	name := f.file().GetName()
	// found are the findings of playbooks.
	found := func(complaint, text string) (all []*intakev1.Finding) {
		answer, err := client.CheckDraft(t.Context(), &intakev1.CheckDraftRequest{Text: text, Complaint: complaint})
		require.NoError(t, err)
		for _, finding := range answer.GetFindings() {
			if strings.HasPrefix(finding.GetRule(), "playbooks/") {
				all = append(all, finding)
			}
		}
		return all
	}
	const text, anybody = "您好。這是物流公司的事，您去找快遞。", "您好，規定就是這樣。"
	require.Empty(t, found(name, text), "not assessed yet")
	require.Len(t, found("", anybody), 1)
	f.assess(name)
	all := found(name, text)
	require.Len(t, all, 2)
	require.Equal(t, "這是物流公司的事", all[0].GetQuote())
	require.EqualValues(t, 3, all[0].GetStart())
	require.EqualValues(t, 11, all[0].GetEnd())
	require.Equal(t, "playbooks/logistics", all[0].GetRule())
	require.Contains(t, all[0].GetWhy(), "處理手冊")
	require.Contains(t, all[0].GetInstead(), "我們都聽到了")
	require.Equal(t, "您去找快遞", all[1].GetQuote())
	require.Empty(t, found("", text))
	require.Len(t, found(name, anybody), 1, "what holds for all holds here")
	require.Empty(t, found(name, "您说客服告诉您“这是物流公司的事”，我们正在核实。"), "a quotation is not said")

	draft, err := client.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
		Name: name, Template: "answer", LanguageCode: "en", Variables: map[string]string{"answer": "Just wait a bit longer."},
	})
	require.NoError(t, err)
	require.Equal(t, "playbooks/logistics", draft.GetFindings()[0].GetRule())
	require.Contains(t, draft.GetFindings()[0].GetInstead(), "We hear")

	f.erase(f.get(name).GetCustomer())
	require.NotEmpty(t, found(name, text), "the scenario is known without the customer's key")
}

// TestRealNeedIsTold: others hear of the real need as it is now, sealed with the customer's key (REC-2, API-4).
func TestRealNeedIsTold(t *testing.T) {
	covers.Requirement(t, "REC-2", "API-4")
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	const need = "担心孩子玩游戏，想先停两个月"
	// heard is what the newest event tells.
	heard := func() *eventv1.Sealed {
		payloads := f.payloads(c.GetName())
		for i := len(payloads) - 1; i >= 0; i-- {
			if u := payloads[i].GetUnderstandingChanged(); u != nil {
				require.NotContains(t, u.String(), "孩子")
				return u.GetRealNeed()
			}
		}
		return nil
	}
	update := func(u *intakev1.Understanding) {
		_, err := f.records.UpdateUnderstanding(t.Context(), &intakev1.UpdateUnderstandingRequest{Parent: c.GetName(), Understanding: u})
		require.NoError(t, err)
	}
	update(&intakev1.Understanding{Feeling: "换作是我也会着急。"})
	require.Nil(t, heard(), "nothing is known of it")
	update(&intakev1.Understanding{RealNeed: need})
	update(&intakev1.Understanding{Feeling: "让您久等了。"})
	sealed := heard()
	require.Equal(t, c.GetCustomer(), sealed.GetCustomer())
	plain, err := f.key(c.GetCustomer()).Open(sealed.GetCiphertext(), c.GetName()+"#real-need")
	require.NoError(t, err)
	require.Equal(t, need, string(plain), "as it is now, whatever else changed")

	a := assessment()
	a.RealNeed = "要一个准确的日期"
	a.Scenario = policyv1.Scenario_LOGISTICS
	_, err = f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: c.GetName(), Assessment: a})
	require.NoError(t, err)
	plain, err = f.key(c.GetCustomer()).Open(heard().GetCiphertext(), c.GetName()+"#real-need")
	require.NoError(t, err)
	require.Equal(t, "要一个准确的日期", string(plain), "an assessment tells it, too")
}
