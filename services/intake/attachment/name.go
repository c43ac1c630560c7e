package attachment

import "strings"

// complaintOf is the id in "complaints/{complaint}", whose form the contract has checked.
func complaintOf(name string) string { return strings.TrimPrefix(name, "complaints/") }

// idsOf are the ids in "complaints/{complaint}/attachments/{attachment}".
func idsOf(name string) (complaint, id string) {
	complaint, id, _ = strings.Cut(complaintOf(name), "/attachments/")
	return complaint, id
}

// nameOf is the name of an attachment.
func nameOf(complaint, id string) string { return "complaints/" + complaint + "/attachments/" + id }

// messageOf is the name of a message; empty for none.
func messageOf(complaint, id string) string {
	if id == "" {
		return ""
	}
	return "complaints/" + complaint + "/messages/" + id
}

func isAttachment(name string) bool { return strings.Contains(name, "/attachments/") }
