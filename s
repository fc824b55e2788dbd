4.2.1: a request as section 4.1 has it is accepted
    4.2.1-1 to 4.2.1-14, 19 case19
4.2.1: the names of fields are compared without case
    4.2.1-15 to 4.2.1-17.2, 4 case4
4.2.1: websocket and Upgrade are compared without case
    4.2.1-18.1 to 4.2.1-19.3, 6 case6
4.2.1: Connection is a list that has Upgrade in it
    4.2.1-20.1 to 4.2.1-23.3, 11 case11
4.2.1: blanks around the value of a field do not belong to it
    4.2.1-24 to 4.2.1-29, 6 case6
4.2.1: the request is a GET of HTTP/1.1 or higher
    4.2.1-30.1 to 4.2.1-38, 24 case24
4.2.1: without a Host the request is refused
    4.2.1-39 to 4.2.1-40, 2 case2
4.2.1: Host stands there once, and is a host
    4.2.1-41 to 4.2.1-42.6, 7 case7
4.2.1: without websocket in Upgrade there is no WebSocket
    4.2.1-43 to 4.2.1-45, 9 case9
4.2.1: without Upgrade in Connection there is no WebSocket
    4.2.1-46 to 4.2.1-49, 9 case9
4.2.1: without a Sec-WebSocket-Key the request is refused
    4.2.1-50 to 4.2.1-51, 2 case2
4.2.1: Sec-WebSocket-Key is the base64 of 16 bytes
    4.2.1-52.1 to 4.2.1-53.5, 12 case12
11.3.1: Sec-WebSocket-Key stands there once
    11.3.1-1 to 11.3.1-2, 2 case2
4.2.1: without Sec-WebSocket-Version: 13 the request is refused
    4.2.1-54 to 4.2.1-58.3, 24 case24
4.4: a version that is not spoken is answered with those that are
    4.4-1.1 to 4.4-2, 5 case5
11.3.5: Sec-WebSocket-Version stands there once
    11.3.5-1 to 11.3.5-2, 2 case2
4.2.1: a request that breaks the grammar of HTTP is refused
    4.2.1-59 to 4.2.1-66, 8 case8
4.2.2: the answer of a request that is accepted is a 101 with the fields it needs
    4.2.2-1 to 4.2.2-5, 5 case5
4.2.2: Sec-WebSocket-Accept is made of the key
    4.2.2-6 to 4.2.2-9, 7 case7
4.2.2: a subprotocol is one of those the client offered, or none
    4.2.2-10 to 4.2.2-15, 6 case6
4.2.2: an extension is one of those the client offered, or none
    4.2.2-16 to 4.2.2-20.5, 9 case9
4.2.2: what follows the answer of a server are frames
    4.2.2-21, 1 case1
5.1: a server closes the connection upon a frame that is not masked
    5.1-1.1 to 5.1-7, 15 case15
5.1: a server must not mask its frames
    5.1-16, 1 case1
5.3: every octet is unmasked with the octet of the key whose turn it is
    5.3-1.1 to 5.3-4.4, 30 case30
5.2: a message of any length that the header can tell is received
    5.2-1.1 to 5.2-7, 60 case60
5.2: RSV1, RSV2 and RSV3 must be 0 unless an extension gives them a meaning
    5.2-8.1 to 5.2-11.3, 49 case49
5.2: a frame with a reserved opcode fails the connection
    5.2-12.1 to 5.2-16.2, 36 case36
5.2: the minimal number of bytes must be used to encode the length
    5.2-17.1 to 5.2-23, 17 case17
5.2: the most significant bit of a 64-bit length must be 0
    5.2-24.1 to 5.2-24.3, 3 case3
5.2: a length of 64 bits is read as a whole
    5.2-25, 1 case1
5.4: a message may come in any number of fragments
    5.4-1.1 to 5.4-7, 23 case23
5.4: a fragment may be empty
    5.4-8.1 to 5.4-11, 6 case6
5.4: control frames may come between the fragments of a message, and are handled there
    5.4-12.1 to 5.4-20, 10 case10
5.4: a continuation without a message to continue fails the connection
    5.4-21.1 to 5.4-27, 13 case13
5.4: a message must not begin before the one before it has ended
    5.4-28.1 to 5.4-32.2, 22 case22
5.5: a control frame has at most 125 bytes of payload
    5.5-1.1 to 5.5-4.2, 21 case21
5.5: a control frame is not fragmented
    5.5-5.1 to 5.5-8.3, 9 case9
5.5.2: a ping is answered with a pong that has the same payload
    5.5.2-1 to 5.5.2-8, 19 case19
5.5.3: of several pings at least the last is answered, in order
    5.5.3-1 to 5.5.3-3, 3 case3
5.5.3: a pong that was not asked for is not answered
    5.5.3-4.1 to 5.5.3-7, 6 case6
5.5.1: a Close is answered with a Close, which typically has the same code
    5.5.1-1 to 5.5.1-10, 21 case21
5.5.1: the payload of a Close, if there is one, begins with a code of two bytes
    5.5.1-11.1 to 5.5.1-12, 5 case5
5.5.1: nothing behind a Close is processed
    5.5.1-13 to 5.5.1-19, 7 case7
5.5.1: the reason of a Close is UTF-8
    5.5.1-20.1 to 5.5.1-20.7, 7 case7
5.6: data frames are either text or binary, and an echo tells which
    5.6-1.1 to 5.6-4, 5 case5
6.2: a message of any size is received, however many frames it has
    6.2-1.1 to 6.2-10.6, 52 case52
6.1: what is sent after the handshake are whole frames, and nothing before they are due
    6.1-1, 1 case1
7.1.1: the server closes the TCP connection as soon as both have sent a Close
    7.1.1-1 to 7.1.1-5, 5 case5
7.1.5: the first Close is the one that counts
    7.1.5-1 to 7.1.5-2, 2 case2
7.1.6: the reason of a Close is read with its code
    7.1.6-1.1 to 7.1.6-1.4, 4 case4
7.1.7: nothing of the peer is processed after the connection has failed
    7.1.7-1 to 7.1.7-5, 5 case5
7.2.1: a connection that ends without a Close ends for the other side, too
    7.2.1-1 to 7.2.1-5, 5 case5
7.4.1: the codes that this section and the registry define are accepted
    7.4.1-1.1 to 7.4.1-3.3, 21 case21
7.4.2: the codes from 3000 to 4999 are accepted
    7.4.2-1.1 to 7.4.2-2.4, 10 case10
7.4.1: 1004, 1005, 1006 and 1015 must not be in a Close
    7.4.1-4.1 to 7.4.1-5.4, 8 case8
7.4.2: the codes from 0 to 999 are not used
    7.4.2-3.1 to 7.4.2-4.2, 7 case7
7.4.2: the codes from 1000 to 2999 are reserved for the protocol and its extensions
    7.4.2-5.1 to 7.4.2-6.4, 9 case9
7.4: no code from 5000 on is defined
    7.4-1.1 to 7.4-1.3, 3 case3
5.6: text of valid UTF-8 is received, whatever its fragments cut
    5.6-5.1 to 5.6-10.4, 70 case70
8.1: text that is not UTF-8 fails the connection
    8.1-1.1 to 8.1-17.6, 119 case119
8.1: text that is not UTF-8 fails the connection as soon as it is seen
    8.1-18.1 to 8.1-19.5, 10 case10
