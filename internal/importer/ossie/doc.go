// Package ossie reads and writes Apache Ossie (formerly OSI), the interchange
// format of semantic models. What the format has no word for travels in an
// extension of our own, so that what is exported comes back as it was; other
// tools read names, fields, relationships and those metrics whose expression
// means the same to them.
package ossie
