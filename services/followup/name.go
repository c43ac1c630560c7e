package followup

import (
	"strconv"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// number writes a cycle.
func number(cycle int32) string { return strconv.FormatInt(int64(cycle), 10) }

// word is a kind of duty as ids have it: "first-response".
func word(kind policyv1.DutyKind) string {
	return strings.ReplaceAll(strings.ToLower(kind.String()), "_", "-")
}

func complaintName(complaint string) string { return "complaints/" + complaint }

func dutyName(complaint, duty string) string {
	return complaintName(complaint) + "/duties/" + duty
}

func callbackName(complaint string, cycle int32) string {
	return complaintName(complaint) + "/callbacks/" + number(cycle)
}

func attemptName(complaint string, cycle int32, attempt string) string {
	return callbackName(complaint, cycle) + "/attempts/" + attempt
}

func notificationName(complaint, notification string) string {
	return complaintName(complaint) + "/notifications/" + notification
}

// complaintID takes the id out of "complaints/{id}".
func complaintID(name string) (string, bool) {
	id, ok := strings.CutPrefix(name, "complaints/")
	return id, ok && id != "" && !strings.Contains(id, "/")
}

// child takes the ids out of "complaints/{complaint}/{collection}/{id}".
func child(name, collection string) (complaint, id string, ok bool) {
	parent, id, ok := strings.Cut(name, "/"+collection+"/")
	if !ok || id == "" {
		return "", "", false
	}
	complaint, ok = complaintID(parent)
	return complaint, id, ok
}

// callbackIDs takes the complaint and the cycle out of a callback's name.
func callbackIDs(name string) (complaint string, cycle int32, ok bool) {
	complaint, id, ok := child(name, "callbacks")
	if !ok {
		return "", 0, false
	}
	n, err := strconv.ParseInt(id, 10, 32)
	// A leading zero would be a second name for the same callback.
	return complaint, int32(n), err == nil && number(int32(n)) == id
}

// cycleOf is the cycle that a duty's id tells; 0 when it tells none.
func cycleOf(duty string) int32 {
	word, _, _ := strings.Cut(duty, "-")
	n, err := strconv.ParseInt(word, 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}
