7692-5.1: offers are well-formed
    7692-5.1-11, 1 case1
7692-5.1: an answer that accepts the offer opens the connection
    7692-5.1-12 to 7692-5.1-16.4, 8 case8
7692-7.1: an answer with an unknown parameter fails the connection
    7692-7.1-7.1 to 7692-7.1-7.5, 5 case5
7692-7.1: an answer with an invalid value fails the connection
    7692-7.1-8.1 to 7692-7.1-8.14, 14 case14
7692-7.1: an answer with a parameter twice fails the connection
    7692-7.1-9.1 to 7692-7.1-9.4, 4 case4
7692-7.1.1: what an answer asks of the client it does, offered or not
    7692-7.1.1-2.1 to 7692-7.1.1-2.3, 3 case3
7692-7.1.2: a window that the server says it has is accepted
    7692-7.1.2-8.1 to 7692-7.1.2-8.5, 5 case5
7692-7.1.2: a client that offers client_max_window_bits keeps to the window of the answer
    7692-7.1.2-9.1 to 7692-7.1.2-9.4, 4 case4
7692-6: a message may be compressed, or not, as its sender likes
    7692-6-1.1 to 7692-6-6.4, 25 case25
7692-6.1: only the first frame of a compressed message has RSV1, wherever it is cut
    7692-6.1-1.1 to 7692-6.1-8, 14 case14
7692-6: RSV1 in a control frame fails the connection
    7692-6-7.1 to 7692-6-10, 6 case6
7692-6: RSV1 in a fragment that is not the first fails the connection
    7692-6-11 to 7692-6-13, 3 case3
7692-6: RSV2 and RSV3 are still reserved
    7692-6-14.1 to 7692-6-15.2, 8 case8
7692-6: the rules of RFC 6455 for frames hold for compressed ones
    7692-6-16 to 7692-6-20, 5 case5
7692-6.2: what comes out of a text is UTF-8
    7692-6.2-1.1 to 7692-6.2-5, 10 case10
7692-7.2.2: a message is whatever DEFLATE makes of it and 00 00 ff ff behind it
    7692-7.2.2-1 to 7692-7.2.2-14, 17 case17
7692-7.2.2: what is not DEFLATE fails the connection
    7692-7.2.2-15 to 7692-7.2.2-22, 8 case8
7692-7.2.1: the window goes on from message to message
    7692-7.2.1-1 to 7692-7.2.1-4.3, 6 case6
7692-7.1.1.1: with no_context_takeover no message refers to one before
    7692-7.1.1.1-1.1 to 7692-7.1.1.1-1.3, 3 case3
7692-8: much may come of a few bytes: all of it, or Close 1009
    7692-8-1.1 to 7692-8-2, 3 case3
7692-7.2: a thousand messages of any size are received, each before the next
    7692-7.2-1.1 to 7692-7.2-4.3, 21 case21
7692-7.2: so they are with any parameters
    7692-7.2-7.1 to 7692-7.2-8.6, 18 case18
