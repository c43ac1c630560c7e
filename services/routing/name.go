package routing

import (
	"strings"
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

// dutyIDs takes the ids out of "complaints/{complaint}/duties/{duty}", whose form validation has checked.
func dutyIDs(name string) (complaint, duty string) {
	parent, duty, _ := strings.Cut(name, "/duties/")
	return complaintID(parent), duty
}
