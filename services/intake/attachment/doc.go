// Package attachment keeps the files of complaints (REC-1): what a customer shows, and what the firm finds.
//
// Content lies in a bucket, a folder or object storage, and what is known of it in a row beside the complaint. An upload goes
// through in one pass, so that memory is bounded whatever the size:
//
//	chunks ─▶ limits ─▶ type ─┬▶ digest
//	                          ├▶ scanner
//	                          └▶ encryption ─▶ object, which appears when it is whole ─▶ row and event, in one transaction
//
// What holds always:
//   - Nothing is on record before the answer, and nothing that was answered is lost: the object is on disk before its row is
//     committed. A process that dies in between leaves an object that no row knows; Sweep removes it when it is old.
//   - Content is encrypted with a key of its own, which the customer's data key seals in the row. Destroying the customer's key
//     erases the files with everything else, wherever copies of objects lie (API-4). The names of objects are random. The customer
//     is the complaint's or, for a file that came with a message, the one who said it, which may differ after a merger (REC-6).
//   - What a file is, its content says. A file of a type that the policy does not take is refused, and so is one that says it is
//     something else.
//   - No file is changed or removed. One in which malware was found is kept and not handed out.
//   - The same content again on the same complaint is the same attachment.
//
// The store's interface is store.go, the bucket blob.go, the scanner's interface scan.go.
package attachment
