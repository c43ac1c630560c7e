package routing

import (
	"strconv"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

func complaintName(complaint string) string { return "complaints/" + complaint }

func dutyName(complaint, duty string) string { return complaintName(complaint) + "/duties/" + duty }

func escalationName(complaint, duty string) string {
	return complaintName(complaint) + "/escalations/" + duty
}

// agentName is empty for nobody.
func agentName(agent string) string {
	if agent == "" {
		return ""
	}
	return "agents/" + agent
}

// departmentName is empty for none.
func departmentName(department string) string {
	if department == "" {
		return ""
	}
	return "departments/" + department
}

// complaintID takes the id out of "complaints/{id}".
func complaintID(name string) string { return strings.TrimPrefix(name, "complaints/") }

// signalID is the id of a signal's escalation within its complaint: "1-chased-too-often".
func signalID(cycle int32, kind policyv1.SignalKind) string {
	return strconv.Itoa(int(cycle)) + "-" + strings.ReplaceAll(strings.ToLower(kind.String()), "_", "-")
}

// cycleOf is the cycle that the id of a duty or an escalation tells; the newest when it tells none.
func cycleOf(id string, newest int32) int32 {
	word, _, _ := strings.Cut(id, "-")
	cycle, err := strconv.ParseInt(word, 10, 32)
	if err != nil || cycle < 1 {
		return newest
	}
	return int32(cycle)
}

// dutyIDs takes the ids out of "complaints/{complaint}/duties/{duty}", whose form validation has checked.
func dutyIDs(name string) (complaint, duty string) {
	parent, duty, _ := strings.Cut(name, "/duties/")
	return complaintID(parent), duty
}

// ruleSetName is empty for no set.
func ruleSetName(number int32) string {
	if number == 0 {
		return ""
	}
	return "ruleSets/" + strconv.Itoa(int(number))
}

// ruleSetNumber takes the number out of "ruleSets/{number}"; 0 for none, and for "ruleSets/current".
func ruleSetNumber(name string) int32 {
	number, err := strconv.ParseInt(strings.TrimPrefix(name, "ruleSets/"), 10, 32)
	if err != nil {
		return 0
	}
	return int32(number)
}
