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

// named is the message of a name, "complaints/{complaint}/messages/{message}", which may be empty.
func named(name string) Message {
	complaint, id, _ := strings.Cut(complaintOf(name), "/messages/")
	return Message{Complaint: complaint, ID: id}
}

// Name is the message's; empty for none.
func (m Message) Name() string {
	if m.ID == "" {
		return ""
	}
	return "complaints/" + m.Complaint + "/messages/" + m.ID
}

// within is the message for the complaint that the file is added to: its id, or its name where it was said on another one.
func (m Message) within(complaint string) string {
	if m.Complaint == complaint {
		return m.ID
	}
	return m.Name()
}

func isAttachment(name string) bool { return strings.Contains(name, "/attachments/") }
